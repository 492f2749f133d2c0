
// The models on offer, by name. A name comes as numbers, a character each.
var names = { count: 0, known: {}, shown: "" };

function beginNames() {
    names.count = 0;
    names.known = {};
}

function namesComplete() {
    var index;
    for (index = 0; index < names.count; index += 1) {
        if (!names.known.hasOwnProperty(index)) {
            return false;
        }
    }
    return names.count > 0;
}

function onBundleName(values) {
    var name = "";
    var place;
    names.count = values[1];
    for (place = 3; place < values.length; place += 1) {
        name += String.fromCharCode(values[place]);
    }
    names.known[values[0]] = name;
    if (namesComplete()) {
        showNames();
    }
}

function showNames() {
    var list = [];
    var index;
    for (index = 0; index < names.count; index += 1) {
        list.push(modelName(index));
    }
    // The menu is not touched when nothing is new: that would be a step in Live's history.
    if (list.join("\n") !== names.shown) {
        names.shown = list.join("\n");
        toPatch("models", list);
    }
    showStatus();
}

function modelName(index) {
    return names.known[index] || "Model " + (index + 1);
}

function onBundle(values) {
    jam.bundle = values[0];
    showStatus();
}
