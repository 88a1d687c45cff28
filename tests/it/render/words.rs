//! The words a bank may change.

use std::fs;

use kessai::render::words::{Words, check};

const EMBEDDED: &str = include_str!("../../../templates/words.toml");

#[test]
fn the_embedded_words_have_no_mistake() {
    assert_eq!(check("templates/words.toml", EMBEDDED), []);
}

#[test]
fn every_word_the_code_asks_for_exists() {
    let mut asked = 0;
    let mut folders: Vec<std::path::PathBuf> =
        ["src/render", "src/service"].map(Into::into).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            // Every "section.key" in quotes whose section the words have.
            for literal in text.split('"').skip(1).step_by(2) {
                let section = literal.split_once('.').map_or("", |(section, _)| section);
                let is_key = literal.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b));
                if is_key && EMBEDDED.contains(&format!("\n[{section}]\n")) {
                    assert!(Words::embedded().has(literal), "{}: {literal}", path.display());
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 80, "only {asked} keys seen: the search has gone blind");
}

#[test]
fn mistakes_in_words_are_all_told_with_their_lines() {
    let text = "[slip]\ntitel = \"x\"\nlead = 5\nnext_deadline = \"期限はありません。\"\n";
    let told: Vec<String> = check("words.toml", text).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    words.toml:2: unknown key slip.titel; did you mean slip.title?
    words.toml:3: slip.lead must be a text in quotation marks
    words.toml:4: slip.next_deadline must hold these and no other names: [{deadline}]
    ");
    let broken = check("words.toml", "[slip]\ntitle = \"x\n");
    assert_eq!(broken[0].line, 2);
}

#[test]
fn an_overlay_changes_one_word_and_keeps_the_others() {
    let words = Words::overlaid("words.toml", "[slip]\ntitle = \"お預り証\"\n").unwrap();
    assert_eq!(words.get("slip.title"), "お預り証");
    assert_eq!(words.get("receipt.title_approved"), "電子記録債権 承認票");
}

#[test]
fn the_widths_of_columns_are_as_many_as_there_are_and_fill_the_sheet() {
    let text = "[rows]\nwidths = \"10 20 30\"\n[fees]\nwidths = \"92 22 30 35.55\"\n\
        [acts]\nwidths = \"34 16 22 32 34 42.1\"\n[finding]\nwidths = \"14 21 15 42.5 87.5\"\n";
    let told: Vec<String> = check("words.toml", text).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"), @"
    words.toml:2: write 8 widths of 6 mm or more that sum to 180, e.g. 27.5
    words.toml:4: write 4 widths of 6 mm or more that sum to 180, e.g. 27.5
    words.toml:6: write 6 widths of 6 mm or more that sum to 180, e.g. 27.5
    ");
}

#[test]
fn a_value_with_braces_is_not_filled_again() {
    let filled = Words::embedded().fill("common.dear", &[("name", "{name} {page}")]);
    assert_eq!(filled, "{name} {page} 御中");
}
