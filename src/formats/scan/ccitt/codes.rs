//! The code words of T.4 and T.6, laid out so that one look at the next bits gives one of them.

/// How many bits a run's code word has at most.
pub(super) const RUN_BITS: u32 = 13;

/// How many bits a mode's code word has at most.
pub(super) const MODE_BITS: u32 = 7;

/// A code word for the length of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run {
    /// How many bits it has; 0 where the bits are no code word.
    pub(super) bits: u8,
    /// The dots it stands for; 64 and more are followed by another code word.
    pub(super) dots: u16,
}

/// How a row goes on from the row above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Past the next run above.
    Pass,
    /// Two runs in code words of their own.
    Horizontal,
    /// To the change above, some dots beside it.
    Vertical(i8),
    /// No code word.
    None,
}

type RunTable = [Run; 1 << RUN_BITS];
type ModeTable = [(u8, Mode); 1 << MODE_BITS];

/// Runs of white dots, by the next 13 bits.
pub(super) static WHITE: RunTable = runs(&WHITE_WORDS);

/// Runs of black dots, by the next 13 bits.
pub(super) static BLACK: RunTable = runs(&BLACK_WORDS);

/// Modes, by the next 7 bits.
pub(super) static MODES: ModeTable = modes();

const fn modes() -> ModeTable {
    const WORDS: [(u8, usize, Mode); 9] = [
        (4, 0b0001, Mode::Pass),
        (3, 0b001, Mode::Horizontal),
        (1, 0b1, Mode::Vertical(0)),
        (3, 0b011, Mode::Vertical(1)),
        (6, 0b00_0011, Mode::Vertical(2)),
        (7, 0b000_0011, Mode::Vertical(3)),
        (3, 0b010, Mode::Vertical(-1)),
        (6, 0b00_0010, Mode::Vertical(-2)),
        (7, 0b000_0010, Mode::Vertical(-3)),
    ];
    let mut table = [(0, Mode::None); 1 << MODE_BITS];
    let mut at = 0;
    while at < WORDS.len() {
        let (bits, word, mode) = WORDS[at];
        let spare = MODE_BITS - bits as u32;
        let mut entry = word << spare;
        while entry < (word + 1) << spare {
            table[entry] = (bits, mode);
            entry += 1;
        }
        at += 1;
    }
    table
}

/// The table of one colour: its own words, and those that both have.
#[expect(clippy::large_stack_arrays, reason = "it is made when the program is compiled")]
const fn runs(own: &[(u8, u16, u16); 91]) -> RunTable {
    let mut table = [Run { bits: 0, dots: 0 }; 1 << RUN_BITS];
    let mut at = 0;
    while at < own.len() + LONG_WORDS.len() {
        let (bits, word, dots) = if at < own.len() { own[at] } else { LONG_WORDS[at - own.len()] };
        let spare = RUN_BITS - bits as u32;
        let mut entry = (word as usize) << spare;
        while entry < (word as usize + 1) << spare {
            table[entry] = Run { bits, dots };
            entry += 1;
        }
        at += 1;
    }
    table
}

/// Words of white runs: bits, word, dots.
const WHITE_WORDS: [(u8, u16, u16); 91] = [
    (8, 0x35, 0),
    (6, 0x7, 1),
    (4, 0x7, 2),
    (4, 0x8, 3),
    (4, 0xb, 4),
    (4, 0xc, 5),
    (4, 0xe, 6),
    (4, 0xf, 7),
    (5, 0x13, 8),
    (5, 0x14, 9),
    (5, 0x7, 10),
    (5, 0x8, 11),
    (6, 0x8, 12),
    (6, 0x3, 13),
    (6, 0x34, 14),
    (6, 0x35, 15),
    (6, 0x2a, 16),
    (6, 0x2b, 17),
    (7, 0x27, 18),
    (7, 0xc, 19),
    (7, 0x8, 20),
    (7, 0x17, 21),
    (7, 0x3, 22),
    (7, 0x4, 23),
    (7, 0x28, 24),
    (7, 0x2b, 25),
    (7, 0x13, 26),
    (7, 0x24, 27),
    (7, 0x18, 28),
    (8, 0x2, 29),
    (8, 0x3, 30),
    (8, 0x1a, 31),
    (8, 0x1b, 32),
    (8, 0x12, 33),
    (8, 0x13, 34),
    (8, 0x14, 35),
    (8, 0x15, 36),
    (8, 0x16, 37),
    (8, 0x17, 38),
    (8, 0x28, 39),
    (8, 0x29, 40),
    (8, 0x2a, 41),
    (8, 0x2b, 42),
    (8, 0x2c, 43),
    (8, 0x2d, 44),
    (8, 0x4, 45),
    (8, 0x5, 46),
    (8, 0xa, 47),
    (8, 0xb, 48),
    (8, 0x52, 49),
    (8, 0x53, 50),
    (8, 0x54, 51),
    (8, 0x55, 52),
    (8, 0x24, 53),
    (8, 0x25, 54),
    (8, 0x58, 55),
    (8, 0x59, 56),
    (8, 0x5a, 57),
    (8, 0x5b, 58),
    (8, 0x4a, 59),
    (8, 0x4b, 60),
    (8, 0x32, 61),
    (8, 0x33, 62),
    (8, 0x34, 63),
    (5, 0x1b, 64),
    (5, 0x12, 128),
    (6, 0x17, 192),
    (7, 0x37, 256),
    (8, 0x36, 320),
    (8, 0x37, 384),
    (8, 0x64, 448),
    (8, 0x65, 512),
    (8, 0x68, 576),
    (8, 0x67, 640),
    (9, 0xcc, 704),
    (9, 0xcd, 768),
    (9, 0xd2, 832),
    (9, 0xd3, 896),
    (9, 0xd4, 960),
    (9, 0xd5, 1024),
    (9, 0xd6, 1088),
    (9, 0xd7, 1152),
    (9, 0xd8, 1216),
    (9, 0xd9, 1280),
    (9, 0xda, 1344),
    (9, 0xdb, 1408),
    (9, 0x98, 1472),
    (9, 0x99, 1536),
    (9, 0x9a, 1600),
    (6, 0x18, 1664),
    (9, 0x9b, 1728),
];

/// Words of black runs: bits, word, dots.
const BLACK_WORDS: [(u8, u16, u16); 91] = [
    (10, 0x37, 0),
    (3, 0x2, 1),
    (2, 0x3, 2),
    (2, 0x2, 3),
    (3, 0x3, 4),
    (4, 0x3, 5),
    (4, 0x2, 6),
    (5, 0x3, 7),
    (6, 0x5, 8),
    (6, 0x4, 9),
    (7, 0x4, 10),
    (7, 0x5, 11),
    (7, 0x7, 12),
    (8, 0x4, 13),
    (8, 0x7, 14),
    (9, 0x18, 15),
    (10, 0x17, 16),
    (10, 0x18, 17),
    (10, 0x8, 18),
    (11, 0x67, 19),
    (11, 0x68, 20),
    (11, 0x6c, 21),
    (11, 0x37, 22),
    (11, 0x28, 23),
    (11, 0x17, 24),
    (11, 0x18, 25),
    (12, 0xca, 26),
    (12, 0xcb, 27),
    (12, 0xcc, 28),
    (12, 0xcd, 29),
    (12, 0x68, 30),
    (12, 0x69, 31),
    (12, 0x6a, 32),
    (12, 0x6b, 33),
    (12, 0xd2, 34),
    (12, 0xd3, 35),
    (12, 0xd4, 36),
    (12, 0xd5, 37),
    (12, 0xd6, 38),
    (12, 0xd7, 39),
    (12, 0x6c, 40),
    (12, 0x6d, 41),
    (12, 0xda, 42),
    (12, 0xdb, 43),
    (12, 0x54, 44),
    (12, 0x55, 45),
    (12, 0x56, 46),
    (12, 0x57, 47),
    (12, 0x64, 48),
    (12, 0x65, 49),
    (12, 0x52, 50),
    (12, 0x53, 51),
    (12, 0x24, 52),
    (12, 0x37, 53),
    (12, 0x38, 54),
    (12, 0x27, 55),
    (12, 0x28, 56),
    (12, 0x58, 57),
    (12, 0x59, 58),
    (12, 0x2b, 59),
    (12, 0x2c, 60),
    (12, 0x5a, 61),
    (12, 0x66, 62),
    (12, 0x67, 63),
    (10, 0xf, 64),
    (12, 0xc8, 128),
    (12, 0xc9, 192),
    (12, 0x5b, 256),
    (12, 0x33, 320),
    (12, 0x34, 384),
    (12, 0x35, 448),
    (13, 0x6c, 512),
    (13, 0x6d, 576),
    (13, 0x4a, 640),
    (13, 0x4b, 704),
    (13, 0x4c, 768),
    (13, 0x4d, 832),
    (13, 0x72, 896),
    (13, 0x73, 960),
    (13, 0x74, 1024),
    (13, 0x75, 1088),
    (13, 0x76, 1152),
    (13, 0x77, 1216),
    (13, 0x52, 1280),
    (13, 0x53, 1344),
    (13, 0x54, 1408),
    (13, 0x55, 1472),
    (13, 0x5a, 1536),
    (13, 0x5b, 1600),
    (13, 0x64, 1664),
    (13, 0x65, 1728),
];

/// Words of long runs of either colour: bits, word, dots.
const LONG_WORDS: [(u8, u16, u16); 13] = [
    (11, 0x8, 1792),
    (11, 0xc, 1856),
    (11, 0xd, 1920),
    (12, 0x12, 1984),
    (12, 0x13, 2048),
    (12, 0x14, 2112),
    (12, 0x15, 2176),
    (12, 0x16, 2240),
    (12, 0x17, 2304),
    (12, 0x1c, 2368),
    (12, 0x1d, 2432),
    (12, 0x1e, 2496),
    (12, 0x1f, 2560),
];
