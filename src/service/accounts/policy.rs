//! Which passwords may be chosen.

use zxcvbn::{Score, zxcvbn};

use crate::domain::Person;

/// What a password must be.
///
/// Source: NIST SP 800-63B-4: fifteen characters where a password is the only factor, no rules of
/// composition, no forced change, nothing that lists and habits guess.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// The fewest characters.
    pub shortest: usize,
    /// Whether what is soon guessed is refused.
    pub unguessed: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self { shortest: 15, unguessed: true }
    }
}

/// Why a password is none to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Weak {
    /// It has too few characters.
    #[error("a password needs at least {0} characters")]
    Short(usize),
    /// It has too many bytes.
    #[error("a password has at most {} bytes", Policy::LONGEST)]
    Long,
    /// Lists, keyboard rows or the person's own names lead to it.
    #[error("this password is soon guessed")]
    Guessed,
}

impl Weak {
    /// The same in plain Japanese, with what to do.
    pub fn japanese(self) -> String {
        match self {
            Self::Short(least) => format!("パスワードは{least}文字以上にしてください。"),
            Self::Long => {
                "パスワードが長すぎます。半角で256文字、漢字やかなで85文字までにしてください。"
                    .to_owned()
            }
            Self::Guessed => "このパスワードは推測されやすいものです。お名前・会社名・ユーザーID・\
                 並びの文字を避け、関係のない言葉をいくつかつなげてください。"
                .to_owned(),
        }
    }
}

impl Policy {
    /// The most bytes: a hash takes no longer for them.
    pub const LONGEST: usize = 256;
    /// What is looked at of a longer password.
    const LOOKED_AT: usize = 64;

    /// Errs with why a password is none for a person.
    pub fn check(self, password: &str, person: &Person) -> Result<(), Weak> {
        if password.chars().count() < self.shortest {
            return Err(Weak::Short(self.shortest));
        }
        if password.len() > Self::LONGEST {
            return Err(Weak::Long);
        }
        if self.unguessed && is_guessed(password, person) {
            return Err(Weak::Guessed);
        }
        Ok(())
    }
}

/// Whether fewer than a hundred million guesses are likely to find it.
fn is_guessed(password: &str, person: &Person) -> bool {
    let head: String = password.chars().take(Policy::LOOKED_AT).collect();
    let host = person.email.split('@');
    let context: Vec<&str> =
        [person.id.as_str(), "densai", "kessai"].into_iter().chain(host).collect();
    let names = person.name.split_whitespace();
    let context: Vec<&str> = context.into_iter().chain(names).collect();
    zxcvbn(&head, &context).score() < Score::Three
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Organisation, Today, UserId, UserNumber};

    fn person() -> Person {
        Person {
            id: UserId::parse("yamada01").unwrap(),
            name: "山田 太郎".into(),
            organisation: Organisation::Customer(UserNumber::parse("1AB2CD3EF").unwrap()),
            roles: Vec::new(),
            email: "yamada@example.jp".into(),
            stands_for: Vec::new(),
            today: Today::default(),
        }
    }

    #[test]
    fn what_is_short_or_soon_guessed_is_refused_and_four_words_are_not() {
        let check = |password: &str| Policy::default().check(password, &person());
        assert_eq!(check("fourteen-chars"), Err(Weak::Short(15)));
        assert_eq!(check(&"long ".repeat(52)), Err(Weak::Long));
        for known in [
            "passwordpassword",
            "123456789012345",
            "yamada01yamada01",
            "qwertyuiopasdfg",
            "aaaaaaaaaaaaaaa",
        ] {
            assert_eq!(check(known), Err(Weak::Guessed), "{known}");
        }
        for fine in
            ["salt river eleven moth", "梅雨の朝にカモメが十五羽とんだ", &"q7-Zp".repeat(13)]
        {
            assert_eq!(check(fine), Ok(()), "{fine}");
        }
    }

    #[test]
    fn sixty_four_characters_and_more_are_taken() {
        let long = "correct horse battery staple, and a seagull over Yonezawa at noon".to_owned();
        assert_eq!(Policy::default().check(&(long + " today"), &person()), Ok(()));
    }
}
