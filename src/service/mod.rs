//! Use cases, one verb a file. It holds no rule of the domain and knows no adapter.
