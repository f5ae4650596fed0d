//! The operational core: what clerks, readers and banks do, written to PostgreSQL
