//! The sums of a small made-up day.

use super::figures::{Counted, Fact, LISTED, Pages};
use crate::domain::{BranchCode, Date, Timestamp, YenTotal};
use crate::render::daily::{
    DueItem, Figure, Figures, FileFigures, IncidentItem, IncidentKind, Urgency,
};
use crate::workflow::Status;

fn branch(code: &str) -> BranchCode {
    BranchCode::parse(code).unwrap()
}

fn yen(count: u64, total: u64) -> Figure {
    Figure { count, total: YenTotal::new(total) }
}

fn counted(title: &str, what: Counted, figure: Figure) -> Fact {
    Fact::Counted { title: title.to_owned(), what, figure }
}

fn due(case: &str, hour: u32, urgency: Urgency) -> Fact {
    let day = Date::new(2026, 12, 2).unwrap();
    Fact::Due(DueItem {
        case: case.to_owned(),
        submitter: "見本製作所".to_owned(),
        title: "発生".to_owned(),
        figure: yen(2, 10),
        deadline: Some(Timestamp::tokyo(day, hour, 0)),
        status: "承認待ち",
        urgency,
    })
}

fn incident(name: &str) -> Fact {
    let kind = IncidentKind::Unsure;
    Fact::Incident(IncidentItem { kind, name: name.to_owned(), text: String::new(), since: None })
}

#[test]
fn each_branch_has_its_own_sums_and_the_whole_has_all_of_them() {
    let (first, second) = (branch("001"), branch("002"));
    let mut pages = Pages::new([first, second, branch("003")]);
    let file = FileFigures { received: 1, rejected: 0, held: 0, bad_records: 3 };
    for (at, fact) in [
        (first, Fact::File(file)),
        (first, counted("発生", Counted::Received, yen(3, 3_000))),
        (first, counted("発生", Counted::Approved, yen(2, 2_000))),
        (first, counted("発生", Counted::Waiting(Status::Active), yen(1, 1_000))),
        (first, counted("譲渡", Counted::Refused, yen(1, 500))),
        (second, Fact::File(file)),
        (second, counted("発生", Counted::Received, yen(1, 70))),
        (second, counted("発生", Counted::Waiting(Status::Held), yen(4, 9))),
        (second, counted("発生", Counted::Recorded, yen(1, 6))),
        (second, counted("発生", Counted::Errored, yen(1, 1))),
    ] {
        pages.add(Some(at), fact);
    }
    let pages = pages.finish();
    assert_eq!(pages.len(), 4, "a branch where nothing happened has a page too");
    let titles = |at| {
        let (kinds, _) = pages[&at].kinds();
        kinds.into_iter().map(|kind| kind.title).collect::<Vec<_>>()
    };
    assert_eq!((titles(Some(first)).len(), titles(Some(second)).len()), (2, 1));
    let received = yen(3, 3_000);
    let (approved, refused, waiting) = (yen(2, 2_000), yen(1, 500), yen(1, 1_000));
    let own = Figures { received, approved, refused, waiting, ..Figures::default() };
    assert_eq!(pages[&Some(first)].kinds().1, own);
    let (kinds, all) = pages[&None].kinds();
    assert_eq!(kinds.len(), 2);
    assert_eq!(
        all.each(),
        [yen(4, 3_070), yen(2, 2_000), yen(1, 6), yen(1, 1), yen(1, 500), yen(5, 1_009)]
    );
    assert_eq!(pages[&None].waiting(), [("承認待ち", yen(1, 1_000)), ("保留", yen(4, 9))]);
    assert_eq!((pages[&None].files.received, pages[&None].files.bad_records), (2, 6));
    assert_eq!(pages[&Some(branch("003"))].kinds().1, Figures::default());
}

#[test]
fn what_is_most_urgent_comes_first_and_what_is_of_no_branch_is_told_to_all() {
    let first = branch("001");
    let mut pages = Pages::new([first, branch("002")]);
    pages.add(Some(first), due("near", 9, Urgency::Near));
    pages.add(Some(first), due("late", 15, Urgency::Over));
    pages.add(None, incident("office"));
    pages.add(Some(first), incident("own"));
    let mut pages = pages.finish();
    let page = pages.remove(&Some(first)).unwrap();
    assert_eq!((page.due, page.incident_count), (yen(4, 20), 2));
    let (due, incidents) = page.listed();
    assert_eq!(due.iter().map(|item| item.case.as_str()).collect::<Vec<_>>(), ["late", "near"]);
    assert_eq!(incidents.len(), 2);
    assert_eq!(pages[&Some(branch("002"))].incident_count, 1);
    assert_eq!(pages[&None].incident_count, 2, "each is counted once");
}

#[test]
fn a_long_day_lists_the_most_urgent_and_counts_all() {
    let mut pages = Pages::new([]);
    for at in 0..500 {
        pages.add(None, due(&format!("{at:03}"), 9, Urgency::Near));
    }
    let page = pages.finish().remove(&None).unwrap();
    assert_eq!(page.due.count, 1_000);
    let (due, _) = page.listed();
    assert_eq!((due.len(), due[0].case.as_str()), (LISTED, "000"));
}

#[test]
fn what_was_sent_on_counts_as_approved_by_whatever_way_it_went() {
    use crate::ports::Milestone;
    use crate::workflow::Outcome;
    let as_what = super::counted;
    // On paper to another institution, or as a file to the clearing side.
    assert_eq!(as_what(Milestone::Emitted { step: 4 }), Some(Counted::Approved));
    assert_eq!(as_what(Milestone::Ended(Outcome::Completed)), None, "it counted when sent on");
    assert_eq!(as_what(Milestone::Ended(Outcome::Withdrawn)), Some(Counted::Refused));
}
