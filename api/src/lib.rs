//! The binary weir: web, commands and roles
