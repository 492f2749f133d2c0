"""Configuration: a YAML file, the environment and the command line, checked as one.

Defaults < file < environment ``BRIDGE_*`` < flags. What is wrong is told as one sentence with the
key, the value found and what would be right; core receives plain dataclasses and never sees YAML.
"""

from bridge.config.load import LoadedConfig, Setting, load_config
from bridge.config.schema import EngineConfig

__all__ = ["EngineConfig", "LoadedConfig", "Setting", "load_config"]
