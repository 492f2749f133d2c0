"""Max for Live device files (``.amxd``): their bytes, read and written; Max is never needed."""
