-- The tables of the first Fietsboek (alembic revision 1b4b1c179e5a). Types and constraint names are an
-- interface: later migrations name them.

CREATE TABLE IF NOT EXISTS alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE badges (
    id INTEGER NOT NULL,
    title TEXT,
    image BLOB,
    CONSTRAINT pk_badges PRIMARY KEY (id)
);
CREATE TABLE users (
    id INTEGER NOT NULL,
    name TEXT,
    password BLOB,
    salt BLOB,
    email TEXT,
    is_admin BOOLEAN,
    is_verified BOOLEAN,
    CONSTRAINT pk_users PRIMARY KEY (id)
);
CREATE UNIQUE INDEX idx_users_email ON users (email);
CREATE TABLE friend_requests (
    id INTEGER NOT NULL,
    sender_id INTEGER,
    recipient_id INTEGER,
    date DATETIME,
    CONSTRAINT pk_friend_requests PRIMARY KEY (id),
    CONSTRAINT fk_friend_requests_recipient_id_users FOREIGN KEY(recipient_id) REFERENCES users (id),
    CONSTRAINT fk_friend_requests_sender_id_users FOREIGN KEY(sender_id) REFERENCES users (id),
    CONSTRAINT uq_friend_requests_sender_id UNIQUE (sender_id, recipient_id)
);
CREATE TABLE friends_assoc (
    user_1_id INTEGER NOT NULL,
    user_2_id INTEGER NOT NULL,
    CONSTRAINT pk_friends_assoc PRIMARY KEY (user_1_id, user_2_id),
    CONSTRAINT fk_friends_assoc_user_1_id_users FOREIGN KEY(user_1_id) REFERENCES users (id),
    CONSTRAINT fk_friends_assoc_user_2_id_users FOREIGN KEY(user_2_id) REFERENCES users (id)
);
CREATE TABLE tokens (
    id INTEGER NOT NULL,
    user_id INTEGER,
    uuid TEXT,
    token_type VARCHAR(14),
    date DATETIME,
    CONSTRAINT pk_tokens PRIMARY KEY (id),
    CONSTRAINT fk_tokens_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE UNIQUE INDEX idx_token_uuid ON tokens (uuid);
CREATE TABLE tracks (
    id INTEGER NOT NULL,
    owner_id INTEGER,
    title TEXT,
    description TEXT,
    date DATETIME,
    gpx BLOB,
    visibility VARCHAR(14),
    link_secret TEXT,
    CONSTRAINT pk_tracks PRIMARY KEY (id),
    CONSTRAINT fk_tracks_owner_id_users FOREIGN KEY(owner_id) REFERENCES users (id)
);
CREATE TABLE uploads (
    id INTEGER NOT NULL,
    uploaded_at DATETIME,
    owner_id INTEGER,
    gpx BLOB,
    CONSTRAINT pk_uploads PRIMARY KEY (id),
    CONSTRAINT fk_uploads_owner_id_users FOREIGN KEY(owner_id) REFERENCES users (id)
);
CREATE TABLE comments (
    id INTEGER NOT NULL,
    author_id INTEGER,
    track_id INTEGER,
    date DATETIME,
    title TEXT,
    text TEXT,
    CONSTRAINT pk_comments PRIMARY KEY (id),
    CONSTRAINT fk_comments_author_id_users FOREIGN KEY(author_id) REFERENCES users (id),
    CONSTRAINT fk_comments_track_id_tracks FOREIGN KEY(track_id) REFERENCES tracks (id)
);
CREATE TABLE tags (
    track_id INTEGER NOT NULL,
    tag TEXT NOT NULL,
    CONSTRAINT pk_tags PRIMARY KEY (track_id, tag),
    CONSTRAINT fk_tags_track_id_tracks FOREIGN KEY(track_id) REFERENCES tracks (id)
);
CREATE TABLE track_badge_assoc (
    track_id INTEGER NOT NULL,
    badge_id INTEGER NOT NULL,
    CONSTRAINT pk_track_badge_assoc PRIMARY KEY (track_id, badge_id),
    CONSTRAINT fk_track_badge_assoc_badge_id_badges FOREIGN KEY(badge_id) REFERENCES badges (id),
    CONSTRAINT fk_track_badge_assoc_track_id_tracks FOREIGN KEY(track_id) REFERENCES tracks (id)
);
CREATE TABLE track_cache (
    track_id INTEGER NOT NULL,
    length FLOAT,
    uphill FLOAT,
    downhill FLOAT,
    moving_time FLOAT,
    stopped_time FLOAT,
    max_speed FLOAT,
    avg_speed FLOAT,
    start_time DATETIME,
    end_time DATETIME,
    CONSTRAINT pk_track_cache PRIMARY KEY (track_id),
    CONSTRAINT fk_track_cache_track_id_tracks FOREIGN KEY(track_id) REFERENCES tracks (id)
);
CREATE TABLE track_people_assoc (
    track_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    CONSTRAINT pk_track_people_assoc PRIMARY KEY (track_id, user_id),
    CONSTRAINT fk_track_people_assoc_track_id_tracks FOREIGN KEY(track_id) REFERENCES tracks (id),
    CONSTRAINT fk_track_people_assoc_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);
