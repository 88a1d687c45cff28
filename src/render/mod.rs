//! Records into bytes: PDF, mail, result files, clearing files. Pure; it delivers nothing.
