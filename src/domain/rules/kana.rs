//! The kana normaliser: names as people type them into the network's 98 characters.

use std::borrow::Cow;

/// The 98 characters the network accepts in a name.
pub const NETWORK_CHARACTERS: &str = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ\
     ｦｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ-/｢｣:.¥,()+'?";

/// What the normaliser did to a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Change {
    /// Only the width or the case changed: the same letters.
    pub width_or_case: bool,
    /// A small kana became large, or ー became `-`: the spelling changed as the network asks.
    pub spelling: bool,
}

/// `name` in the network's characters as far as it can be, and what was changed.
///
/// Full width to half width, hiragana to katakana, small to large kana, ー to `-`, lower to
/// upper case. A character that has no place among the 98 is left as it is for F07.
pub fn normalise(name: &str) -> (Cow<'_, str>, Change) {
    let mut change = Change::default();
    if name.chars().all(is_network_character) {
        return (Cow::Borrowed(name), change);
    }
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        let before = text.len();
        half_width(c, &mut text);
        let same = text.get(before..).is_some_and(|added| added.chars().eq([c]));
        change.width_or_case |= !same;
        let added = text.split_off(before);
        for c in added.chars() {
            let spelled = large(c);
            change.spelling |= spelled != c;
            text.push(spelled);
        }
    }
    (Cow::Owned(text), change)
}

/// Whether `c` is one of the 98.
pub fn is_network_character(c: char) -> bool {
    match c {
        ' ' | '0'..='9' | 'A'..='Z' | 'ｦ' | 'ｱ'..='ﾟ' => true,
        _ => matches!(
            c,
            '-' | '/' | '｢' | '｣' | ':' | '.' | '¥' | ',' | '(' | ')' | '+' | '\'' | '?'
        ),
    }
}

/// Small kana written large and the long vowel mark written `-`; others as they are.
const fn large(c: char) -> char {
    match c {
        'ｧ' => 'ｱ',
        'ｨ' => 'ｲ',
        'ｩ' => 'ｳ',
        'ｪ' => 'ｴ',
        'ｫ' => 'ｵ',
        'ｬ' => 'ﾔ',
        'ｭ' => 'ﾕ',
        'ｮ' => 'ﾖ',
        'ｯ' => 'ﾂ',
        'ｰ' => '-',
        _ => c,
    }
}

/// Appends `c` in half width and upper case, voiced kana as two characters.
fn half_width(c: char, to: &mut String) {
    // Katakana from ァ (U+30A1) in code order.
    #[rustfmt::skip]
    const KATAKANA: [&str; 86] = [
        "ｧ", "ｱ", "ｨ", "ｲ", "ｩ", "ｳ", "ｪ", "ｴ", "ｫ", "ｵ", "ｶ", "ｶﾞ",
        "ｷ", "ｷﾞ", "ｸ", "ｸﾞ", "ｹ", "ｹﾞ", "ｺ", "ｺﾞ", "ｻ", "ｻﾞ", "ｼ", "ｼﾞ",
        "ｽ", "ｽﾞ", "ｾ", "ｾﾞ", "ｿ", "ｿﾞ", "ﾀ", "ﾀﾞ", "ﾁ", "ﾁﾞ", "ｯ", "ﾂ",
        "ﾂﾞ", "ﾃ", "ﾃﾞ", "ﾄ", "ﾄﾞ", "ﾅ", "ﾆ", "ﾇ", "ﾈ", "ﾉ", "ﾊ", "ﾊﾞ",
        "ﾊﾟ", "ﾋ", "ﾋﾞ", "ﾋﾟ", "ﾌ", "ﾌﾞ", "ﾌﾟ", "ﾍ", "ﾍﾞ", "ﾍﾟ", "ﾎ", "ﾎﾞ",
        "ﾎﾟ", "ﾏ", "ﾐ", "ﾑ", "ﾒ", "ﾓ", "ｬ", "ﾔ", "ｭ", "ﾕ", "ｮ", "ﾖ",
        "ﾗ", "ﾘ", "ﾙ", "ﾚ", "ﾛ", "ﾜ", "ﾜ", "ｲ", "ｴ", "ｦ", "ﾝ", "ｳﾞ",
        "ｶ", "ｹ",
    ];
    let katakana = match c {
        'ァ'..='ヶ' => u32::from(c).checked_sub(0x30A1),
        'ぁ'..='ゖ' => u32::from(c).checked_sub(0x3041),
        _ => None,
    };
    let place = katakana.and_then(|at| usize::try_from(at).ok());
    if let Some(kana) = place.and_then(|at| KATAKANA.get(at)) {
        to.push_str(kana);
        return;
    }
    to.push(match c {
        '\u{3000}' | '\u{a0}' => ' ',
        'ー' => 'ｰ',
        '゛' | '\u{3099}' => 'ﾞ',
        '゜' | '\u{309a}' => 'ﾟ',
        '「' => '｢',
        '」' => '｣',
        '￥' | '＼' | '\\' => '¥',
        '’' => '\'',
        // The dashes that stand for a long vowel or a hyphen in names.
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '－' => '-',
        '！'..='～' => {
            char::from_u32(u32::from(c).saturating_sub(0xFEE0)).unwrap_or(c).to_ascii_uppercase()
        }
        _ => c.to_ascii_uppercase(),
    });
}
