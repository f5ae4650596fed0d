//! The register of export jobs.
