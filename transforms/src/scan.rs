//! The byte-level prefilter: may this file hold a defer that a loop can pile up?

/// Whether `source` may hold a site of UD001 (too many files may pass, never too few).
pub fn may_hold_site(source: &[u8]) -> bool {
    memchr::memmem::find(source, b"defer").is_some()
}
