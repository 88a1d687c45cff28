//! Channels: which files come in by which door, and which workflow takes them.

use std::collections::BTreeMap;

use crate::domain::{AcceptPolicy, RequestKind};

use super::{
    Mistake, Unit,
    yaml::{Node, Reader},
};

/// A channel: a file `workflows/channels/<name>.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The first folder under `inbox/`, e.g. `customers`.
    pub name: String,
    /// Its name on pages, e.g. 共有フォルダ.
    pub title: String,
    /// What happens to a file with some wrong rows.
    pub accept: AcceptPolicy,
    /// Whether a JSON file is written beside each result.
    pub json: bool,
    /// Which workflow takes which kind of request.
    pub routes: BTreeMap<RequestKind, Route>,
}

/// Where requests of one kind go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The workflow's id.
    pub workflow: String,
    /// Whether the whole file or each record is a case.
    pub unit: Unit,
}

impl Channel {
    /// Reads a channel file, all mistakes at once.
    ///
    /// `name` is the file's name without `.yaml`, `workflows` the ids of the workflows there are.
    pub fn load(
        file: &str,
        name: &str,
        text: &str,
        workflows: &[&str],
    ) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::new(file);
        let channel = reader.parse(text).and_then(|node| read(&mut reader, name, &node, workflows));
        reader.finish(channel)
    }
}

fn read(reader: &mut Reader, name: &str, node: &Node, workflows: &[&str]) -> Option<Channel> {
    let map = reader.map(node, &["schema", "title", "accept", "result", "routes"]);
    let title = map.need(reader, "title").and_then(|node| reader.text(node)).map(str::to_owned);
    let accept = map.get("accept").map_or(Some(AcceptPolicy::File), |node| {
        reader.choice(node, &[("file", AcceptPolicy::File), ("record", AcceptPolicy::Record)])
    });
    let json = map
        .get("result")
        .map_or(Some(false), |node| reader.choice(node, &[("csv", false), ("csv_and_json", true)]));
    let routes = map.need(reader, "routes").map(|node| read_routes(reader, node, workflows));
    Some(Channel {
        name: name.to_owned(),
        title: title?,
        accept: accept?,
        json: json?,
        routes: routes?,
    })
}

fn read_routes(
    reader: &mut Reader,
    node: &Node,
    workflows: &[&str],
) -> BTreeMap<RequestKind, Route> {
    let kinds = RequestKind::ALL.map(RequestKind::name);
    let mut routes = BTreeMap::new();
    let map = reader.map(node, &kinds);
    for kind in kinds {
        map.need(reader, kind);
    }
    for (key, node) in map.entries() {
        let Some(kind) = RequestKind::parse(&key.name) else { continue };
        let map = reader.map(node, &["workflow", "unit"]);
        let workflow = map.need(reader, "workflow").and_then(|node| {
            let name = reader.text(node)?;
            if !workflows.contains(&name) {
                reader.unknown(node.at, ("ワークフロー", "workflow"), name, workflows);
            }
            Some(name.to_owned())
        });
        let unit = map.get("unit").map_or(Some(Unit::File), |node| {
            reader.choice(node, &[("file", Unit::File), ("record", Unit::Record)])
        });
        if let (Some(workflow), Some(unit)) = (workflow, unit) {
            routes.insert(kind, Route { workflow, unit });
        }
    }
    routes
}
