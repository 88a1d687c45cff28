//! Password hashes, tokens and seals. It decides for nobody.
