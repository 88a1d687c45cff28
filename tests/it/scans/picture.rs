//! Pictures that tests make themselves.

/// Black dots on white ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ink {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) rows: Vec<u8>,
}

impl Ink {
    pub(crate) fn white(width: u32, height: u32) -> Self {
        let rows = vec![0; (width.div_ceil(8) * height) as usize];
        Self { width, height, rows }
    }

    pub(crate) fn blacken(&mut self, x: u32, y: u32) {
        self.rows[(y * self.width.div_ceil(8) + x / 8) as usize] |= 0x80 >> (x % 8);
    }

    /// The dots as an unpacked TIFF.
    pub(crate) fn tiff(&self, dpi: (u32, u32)) -> Vec<u8> {
        let tags = [(256, self.width), (257, self.height), (259, 1), (262, 0)];
        tiff(&tags, dpi, &self.rows)
    }
}

/// A TIFF of one page and one strip. Strip and resolution are added to its tags.
pub(crate) fn tiff(tags: &[(u16, u32)], dpi: (u32, u32), strip: &[u8]) -> Vec<u8> {
    let directory = 8 + 2 + 12 * (u32::try_from(tags.len()).unwrap() + 4) + 4;
    let mut entries: Vec<(u16, u16, u32)> =
        tags.iter().map(|(tag, value)| (*tag, 4, *value)).collect();
    entries.push((273, 4, directory + 16));
    entries.push((279, 4, u32::try_from(strip.len()).unwrap()));
    entries.push((282, 5, directory));
    entries.push((283, 5, directory + 8));
    entries.sort_unstable();
    let mut bytes = b"II*\0\x08\0\0\0".to_vec();
    bytes.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    for (tag, kind, value) in entries {
        bytes.extend(tag.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    for number in [0, dpi.0, 1, dpi.1, 1] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(strip);
    bytes
}

/// Random numbers, the same at each run.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }
}
