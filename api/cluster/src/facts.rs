//! What a server says of itself, and the roles that it should have.

/// What the server says of itself and of the roles of Weir.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Facts {
    /// `server_version_num` over 10,000.
    pub major: i32,
    /// Setting `wal_level`.
    pub wal_level: String,
    /// Setting `synchronous_commit`.
    pub synchronous_commit: String,
    /// Setting `server_encoding`.
    pub encoding: String,
    /// Setting `max_replication_slots`.
    pub slots: i32,
    /// Whose the database is.
    pub owner: String,
    /// Whose the schema `public` is.
    pub schema_owner: String,
    /// Those of the roles of Weir that are there.
    #[sqlx(skip)]
    pub roles: Vec<Role>,
}

/// A role, and what it may.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// One can log in as it.
    pub can_login: bool,
    /// It may follow the log.
    pub replicates: bool,
    /// It has the rights of the roles it belongs to without taking them.
    pub inherits: bool,
    /// It is a superuser, or may make roles or databases, or passes row security.
    pub may_more: bool,
    /// The roles that it could become.
    pub belongs_to: Vec<String>,
}

impl Role {
    /// What `engine/roles.sql` makes.
    pub(super) fn wanted() -> [Self; 4] {
        let role = |name: &str| Self {
            name: name.to_owned(),
            can_login: true,
            replicates: false,
            inherits: true,
            may_more: false,
            belongs_to: Vec::new(),
        };
        let owner = engine::OWNER;
        [
            Self { can_login: false, ..role(owner) },
            Self { inherits: false, belongs_to: vec![owner.into()], ..role(engine::MIGRATOR) },
            role(engine::APPLICATION),
            Self { replicates: true, ..role(engine::CAPTURE) },
        ]
    }
}
