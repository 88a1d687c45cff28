//! Rules that change while the program runs: all or nothing, and by two people where set so.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use kessai::app::root::{Open, Root, World};
use kessai::app::world::{HandClock, SystemRandom};
use kessai::domain::{Date, Digest, Timestamp};
use kessai::ports::NoProbe;
use kessai::service::Desk;
use tempfile::TempDir;

/// A sample root whose rules are changed by hand.
pub(crate) struct House {
    _folder: TempDir,
    pub(crate) root: Root,
    pub(crate) world: World,
    clock: Arc<HandClock>,
}

impl House {
    /// With `publication` as it is written in the settings, and 001 as the office.
    pub(crate) fn new(publication: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("root");
        let made = std::process::Command::new(env!("CARGO_BIN_EXE_kessai"))
            .args(["init", path.to_str().unwrap()])
            .output()
            .unwrap();
        assert!(made.status.success());
        let day = Date::new(2026, 12, 1).unwrap();
        let clock = Arc::new(HandClock::new(Timestamp::tokyo(day, 9, 0)));
        let world = World {
            clock: Arc::clone(&clock) as Arc<dyn kessai::ports::Clock>,
            random: Arc::new(SystemRandom),
            probe: Arc::new(NoProbe),
        };
        let house = Self { _folder: folder, root: Root::new(&path), world, clock };
        house.change(
            "kessai.toml",
            "publication = \"file\"",
            &format!("publication = \"{publication}\""),
        );
        house.change("kessai.toml", "# office", "office");
        house
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path.join(name)
    }

    pub(crate) fn change(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        fs::write(self.path(name), text.replace(from, to)).unwrap();
    }

    pub(crate) fn forward_ms(&self, ms: i64) {
        self.clock.advance_ms(ms);
    }

    pub(crate) fn open(&self) -> Open {
        self.root.open(&self.world).unwrap()
    }
}

fn in_force(desk: &Desk) -> Digest {
    let rules = desk.rulebook();
    rules.flow("accrual", desk.clock.now().date()).unwrap().definition.hash
}

const FLOW: &str = "workflows/accrual.yaml";
const NOTE: &str = "workflows/_errors/accrual.yaml.txt";

#[test]
fn a_change_without_a_mistake_is_in_force_and_one_with_a_mistake_is_told() {
    let house = House::new("file");
    let desk = house.open().desk;
    let first = in_force(&desk);
    house.change(FLOW, "due: 1bd@15:00", "due: 1bd@14:00");
    desk.reload().unwrap();
    let second = in_force(&desk);
    assert_ne!(second, first);
    assert!(desk.standing().is_plain());

    house.change(FLOW, "overdue: hold", "overdue: approve");
    house.change(FLOW, "due: 1bd@14:00", "due: 1bd@16:00");
    desk.reload().unwrap();
    assert_eq!(in_force(&desk), second, "the last good rules stay");
    let note = fs::read_to_string(house.path(NOTE)).unwrap();
    assert!(note.contains("overdue: approve") && note.contains("^^^^^^^"), "{note}");
    assert_eq!(desk.status().rules.mistakes, [FLOW]);
    assert!(desk.standing().japanese()[0].contains("前の定義のまま"));

    house.change(FLOW, "overdue: approve", "overdue: hold");
    desk.reload().unwrap();
    assert_ne!(in_force(&desk), second);
    assert!(desk.standing().is_plain());
    assert!(!house.path("workflows/_errors").exists(), "what was mended is not told any more");
}

#[test]
fn words_and_flows_come_into_force_together_or_not_at_all() {
    let house = House::new("file");
    let desk = house.open().desk;
    let first = in_force(&desk);
    house.change(FLOW, "due: 1bd@15:00", "due: 1bd@14:00");
    fs::write(house.path("templates/mail/approved.txt"), "{{ nothing").unwrap();
    desk.reload().unwrap();
    assert_eq!(in_force(&desk), first);
    assert!(house.path("workflows/_errors/templates_mail_approved.txt.txt").exists());
}

#[test]
fn a_flow_that_comes_early_does_not_leave_today_without_one() {
    let house = House::new("file");
    let desk = house.open().desk;
    let first = in_force(&desk);
    house.change(FLOW, "effective_from: 2026-04-01", "effective_from: 2027-04-01");
    desk.reload().unwrap();
    assert_eq!(in_force(&desk), first);
    assert!(fs::read_to_string(house.path(NOTE)).unwrap().contains("別のファイル名"));
}

#[test]
fn where_two_people_publish_what_lies_on_disk_is_told_and_not_in_force() {
    let house = House::new("two_people");
    let desk = house.open().desk;
    let (first, digest) = (in_force(&desk), desk.store.digest());
    let register = desk.store.published();
    assert_eq!(register[FLOW].effective_from, Date::new(2026, 4, 1).ok());
    assert!(register.contains_key("workflows/tests/accrual_normal.yaml"));
    assert!(!register.contains_key("workflows/submitters.csv"), "the desk's own list");
    house.change(FLOW, "overdue: hold", "overdue: approve");
    fs::write(house.path("workflows/sly.yaml"), "schema: 1").unwrap();
    fs::remove_file(house.path("workflows/tests/accrual_normal.yaml")).unwrap();
    let differ = [FLOW, "workflows/sly.yaml", "workflows/tests/accrual_normal.yaml"];
    desk.reload().unwrap();
    assert_eq!(
        (in_force(&desk), &desk.standing().unpublished[..]),
        (first, &differ.map(str::to_owned)[..])
    );
    assert!(desk.standing().mistakes.is_empty(), "a draft may have mistakes");
    drop(desk);
    // Nor at the next start, from the checkpoint or from the journal alone.
    let desk = house.open().desk;
    assert_eq!((in_force(&desk), desk.store.digest()), (first, digest));
    assert_eq!(desk.status().rules.unpublished, differ);
    drop(desk);
    fs::remove_dir_all(house.path("var/sled")).unwrap();
    let desk = house.open().desk;
    assert_eq!((in_force(&desk), desk.store.digest()), (first, digest));
}
