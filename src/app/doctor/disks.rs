//! The disks under a root: what their file systems do, and how much room is left.

use std::fs;
use std::path::Path;

use crate::spool::{Feature, Reach, Tried, file_system, fits, try_out};

use super::{Check, Level, Looked};

/// What there is to say of inbox, state and outbox as a whole.
pub(super) fn checks(looked: &Looked) -> Vec<Check> {
    let (inbox, var) = (looked.root.inbox(), looked.root.var());
    if !inbox.is_dir() {
        let check = Check::good("inbox", "フォルダがありません", "there is no such folder");
        let remedy =
            "共有フォルダがつながっているか確かめてください。初めてなら「kessai init」で作れます。";
        return vec![check.but(Level::Bad, remedy)];
    }
    let mut checks = vec![kind_of_inbox(&inbox), kind_of_state(&var)];
    checks.extend(mark(&inbox, &var));
    checks.extend(features(&inbox));
    checks.push(room(looked, &inbox, &var));
    checks
}

fn kind_of_inbox(inbox: &Path) -> Check {
    let (name, reach) = file_system(inbox);
    let check = Check::good("inbox", format!("ファイルシステムは {name}"), format!("on {name}"));
    match reach {
        Reach::Local => check,
        Reach::Shared => check.but(
            Level::Note,
            "共有なので、ほかの機械の変化は知らされません。5秒ごとに見に行き、書き込みが終わったことは\
             静かな時間（quiet_share_ms）とファイルの終わりで判断します。",
        ),
        Reach::Memory => check.but(
            Level::Bad,
            "電源が切れると中身が消えます。ディスクの上のフォルダにしてください。",
        ),
        Reach::Unknown => check.but(
            Level::Note,
            "知らない種類です。下の各行で、できることとできないことをお確かめください。",
        ),
    }
}

fn kind_of_state(var: &Path) -> Check {
    // Before the first start it is not there yet.
    let there = var.ancestors().find(|path| path.is_dir()).unwrap_or(var);
    let (name, reach) = file_system(there);
    let check = Check::good("var", format!("記録は {name} に置きます"), format!("state on {name}"));
    match reach {
        Reach::Local | Reach::Unknown => check,
        Reach::Shared => check.but(
            Level::Bad,
            "記録（var）は、必ず手元のディスクに置いてください。共有では書いたことが失われます。",
        ),
        Reach::Memory => check.but(
            Level::Bad,
            "電源が切れると記録が消えます。ディスクの上のフォルダにしてください。",
        ),
    }
}

/// Whether inbox and state belong together.
fn mark(inbox: &Path, var: &Path) -> Option<Check> {
    let remedy = "共有フォルダがつながっているか確かめてください。新しい inbox に替えたのなら、\
                  kessai を止めて var/inbox.mark を消してください。";
    match fits(inbox, var) {
        Ok(None) => None,
        Ok(Some(true)) => {
            Some(Check::good("inbox", "記録（var）と対になっています", "its mark fits"))
        }
        Ok(Some(false)) => {
            let check =
                Check::good("inbox", "記録（var）の知っている inbox ではありません", "it is away");
            Some(check.but(Level::Bad, remedy))
        }
        Err(error) => {
            let ja = format!("印が読めません（{error}）");
            Some(Check::good("inbox", ja, "its mark cannot be read").but(Level::Bad, remedy))
        }
    }
}

/// What the inbox's file system does, tried out in a folder that goes again.
fn features(inbox: &Path) -> Vec<Check> {
    let place = inbox.join(format!(".kessai-doctor-{}", std::process::id()));
    let tried = fs::create_dir(&place).and_then(|()| try_out(&place));
    fs::remove_dir(&place).ok();
    let Tried { does, clock_off_s } = match tried {
        Ok(tried) => tried,
        Err(error) => {
            let ja = format!("ファイルを作る・書く・名前を変える・消すことができません（{error}）");
            let check = Check::good("inbox", ja, "files cannot be made, renamed and removed here");
            return vec![
                check.but(Level::Bad, "kessai を動かす利用者に、書き込みの権限を付けてください。"),
            ];
        }
    };
    // Without either, two claims might replace one another.
    let linked = does.get(&Feature::HardLinks) == Some(&true);
    let untried = (!does.contains_key(&Feature::Owners)).then(owners_untried);
    let told = does.into_iter().map(|(feature, works)| told(feature, works, linked));
    told.chain(untried).chain([clock(clock_off_s)]).collect()
}

/// Nobody but root gives files away, and root not on every share.
fn owners_untried() -> Check {
    let ja = "所有者の区別: 試していません（管理者で実行し、共有が管理者を認めるときだけ試せます）";
    let remedy = "submitters.csv の owners を使うなら、別の人の置いたファイルの所有者が別に見えることを \
                  ls -l でお確かめください。同じに見えるなら、kessai.toml の [intake] を \
                  owners = \"ignore\" にしてください。";
    Check::good("inbox", ja, "owners of files: not tried").but(Level::Note, remedy)
}

/// How far the clock of whoever keeps the files is off, in seconds.
fn clock(off_s: u64) -> Check {
    let ja = format!("ファイルの時刻と、この機械の時計との差: {off_s}秒");
    let check = Check::good("inbox", ja, format!("its clock is off by {off_s} s"));
    let remedy = "受け付けるかどうかはファイルの時刻では決めないので、受付は止まりません。いつ置いたかを後で\
                  突き合わせられるように、共有のサーバーとこの機械の時計を合わせてください（NTP）。";
    if off_s > CLOCK_OFF_MAX_S { check.but(Level::Note, remedy) } else { check }
}

/// Clocks that are kept together differ by less.
const CLOCK_OFF_MAX_S: u64 = 5;

fn told(feature: Feature, works: bool, linked: bool) -> Check {
    let (ja, en, level, remedy) = match feature {
        Feature::Leases => (
            "書き込み中のファイルが分かること（リース）",
            "leases",
            Level::Note,
            "書き込みが止まったことを、静かな時間（quiet_ms）とファイルの終わりで判断します。\
             大切な経路は complete: done か manifest にしてください。",
        ),
        Feature::NoReplace => (
            "上書きしない名前の変更（RENAME_NOREPLACE）",
            "rename without replacing",
            if linked { Level::Note } else { Level::Bad },
            if linked {
                "二段階（リンクして消す）で受け取ります。そのままで使えます。"
            } else {
                "ハードリンクも作れないので、安全に受け取れません。ほかのファイルシステムにしてください。"
            },
        ),
        Feature::HardLinks => (
            "ハードリンク",
            "hard links",
            Level::Note,
            "上書きしない名前の変更ができれば、なくても困りません。",
        ),
        Feature::Events => (
            "変化の知らせ（inotify）",
            "events",
            Level::Note,
            "定期的に見に行くので受け付けますが、数秒遅れます。fs.inotify.max_user_watches もお確かめください。",
        ),
        Feature::Case => (
            "名前の大文字と小文字の区別",
            "case-sensitive names",
            Level::Note,
            "大文字と小文字だけが違う名前は、同じファイルになります。提出者にお知らせください。",
        ),
        Feature::FineTimes => (
            "一秒より細かい時刻",
            "times finer than a second",
            Level::Note,
            "一秒のうちの書き直しが見えないことがあります。quiet_ms を 2000 以上にしてください。",
        ),
        Feature::Modes => (
            "権限（chmod）が守られること",
            "modes of files",
            Level::Note,
            "権限はマウントの設定（file_mode=、dir_mode=）と共有のサーバーが決めます。提出者のフォルダを\
             ほかの提出者が見られないことを、サーバーの側でお確かめください。",
        ),
        Feature::Owners => (
            "所有者の区別",
            "owners of files",
            Level::Note,
            "どのファイルも同じ所有者に見えるので（マウントの uid= など）、submitters.csv の owners は\
             効きません。kessai.toml の [intake] owners = \"ignore\" にし、だれが置けるかは共有の権限で\
             決めてください。",
        ),
    };
    let can = if works { "できます" } else { "できません" };
    let check = Check::good("inbox", format!("{ja}: {can}"), format!("{en}: {works}"));
    if works { check } else { check.but(level, remedy) }
}

fn room(looked: &Looked, inbox: &Path, var: &Path) -> Check {
    let places = [("inbox", inbox), ("var", var)];
    let remedy = "空けるまで受付が止まります。古いファイルを移すか、ディスクを大きくしてください。";
    match looked.settings.limits.lacks(0, &places) {
        None => {
            Check::good("inbox", "空き容量と、作れるファイルの数は足りています", "there is room")
        }
        Some(lacks) => Check::good("inbox", lacks, "too little room").but(Level::Bad, remedy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_mount_does_not_keep_is_told_with_what_follows() {
        for (feature, follows) in
            [(Feature::Owners, "owners = \"ignore\""), (Feature::Modes, "サーバーの側で")]
        {
            let [kept, lost] = [true, false].map(|works| told(feature, works, true));
            assert_eq!((kept.level, kept.remedy.as_str()), (Level::Good, ""));
            assert_eq!(lost.level, Level::Note);
            assert!(lost.ja.contains("できません") && lost.remedy.contains(follows), "{lost:?}");
        }
        assert!(owners_untried().remedy.contains("owners = \"ignore\""));
        assert_eq!([clock(1), clock(90)].map(|check| check.level), [Level::Good, Level::Note]);
        assert!(clock(90).ja.contains("90秒"), "the seconds are told");
    }
}
