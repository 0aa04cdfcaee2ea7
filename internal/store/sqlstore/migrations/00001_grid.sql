-- +goose Up

CREATE TABLE users (
    name       TEXT   NOT NULL PRIMARY KEY,
    role       TEXT   NOT NULL,
    token_hash TEXT   NOT NULL UNIQUE,
    created    BIGINT NOT NULL
);

CREATE TABLE audit (
    id     BIGINT NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL,
    who    TEXT   NOT NULL,
    what   TEXT   NOT NULL,
    thing  TEXT   NOT NULL,
    detail TEXT   NOT NULL
);

CREATE TABLE bundles (
    digest    TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    version   TEXT   NOT NULL,
    signature BYTEA  NOT NULL,
    owner     TEXT   NOT NULL,
    created   BIGINT NOT NULL,
    PRIMARY KEY (digest, owner)
);
CREATE INDEX bundles_name ON bundles (name, created);

-- One row: the number of the latest job. Numbers never come again, whatever is
-- deleted.
CREATE TABLE job_numbers (latest BIGINT NOT NULL);
INSERT INTO job_numbers (latest) VALUES (0);

-- precedence is the priority negated, so that ascending (precedence, id) is the
-- order of scheduling.
CREATE TABLE jobs (
    id             BIGINT NOT NULL PRIMARY KEY,
    owner          TEXT   NOT NULL,
    submit_key     TEXT   NOT NULL,
    name           TEXT   NOT NULL,
    precedence     BIGINT NOT NULL,
    state          TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    total          BIGINT NOT NULL,
    waiting        BIGINT NOT NULL CHECK (waiting >= 0),
    running        BIGINT NOT NULL CHECK (running >= 0),
    succeeded      BIGINT NOT NULL CHECK (succeeded >= 0),
    failed         BIGINT NOT NULL CHECK (failed >= 0),
    cancelled      BIGINT NOT NULL CHECK (cancelled >= 0),
    next_index     BIGINT NOT NULL CHECK (next_index <= total),
    submitted      BIGINT NOT NULL,
    finished       BIGINT NOT NULL,
    failed_nodes   TEXT   NOT NULL,
    failed_subjobs TEXT   NOT NULL,
    recent         TEXT   NOT NULL,
    CHECK (waiting + running + succeeded + failed + cancelled = total)
);
CREATE UNIQUE INDEX jobs_key ON jobs (owner, submit_key) WHERE submit_key <> '';
CREATE INDEX jobs_owner ON jobs (owner, id);
CREATE INDEX jobs_unfinished ON jobs (id) WHERE finished = 0;
CREATE INDEX jobs_unfinished_state ON jobs (state, id) WHERE finished = 0;
-- The condition leaves finished out on purpose: the query for it must find no other
-- index that fits.
CREATE INDEX jobs_leasable ON jobs (precedence, id) WHERE state = 'running' AND waiting > 0;

CREATE TABLE job_specs (
    job  BIGINT NOT NULL PRIMARY KEY,
    spec TEXT   NOT NULL
);

CREATE TABLE job_results (
    job     BIGINT NOT NULL PRIMARY KEY,
    results TEXT   NOT NULL
);

CREATE TABLE subjobs (
    job        BIGINT NOT NULL,
    idx        BIGINT NOT NULL,
    state      TEXT   NOT NULL,
    attempts   BIGINT NOT NULL,
    reason     TEXT   NOT NULL,
    results    TEXT   NOT NULL,
    not_before BIGINT NOT NULL,
    since      BIGINT NOT NULL,
    PRIMARY KEY (job, idx)
);
-- The few that somebody looks for among the many.
CREATE INDEX subjobs_waiting ON subjobs (job, not_before, idx) WHERE state = 'waiting';
CREATE INDEX subjobs_waiting_list ON subjobs (job, idx) WHERE state = 'waiting';
CREATE INDEX subjobs_failed ON subjobs (job, idx) WHERE state = 'failed';
CREATE INDEX subjobs_cancelled ON subjobs (job, idx) WHERE state = 'cancelled';

CREATE TABLE leases (
    job     BIGINT NOT NULL,
    idx     BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    node    TEXT   NOT NULL,
    started BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    PRIMARY KEY (job, idx, number)
);
CREATE INDEX leases_node ON leases (node);
CREATE INDEX leases_expires ON leases (expires);

CREATE TABLE attempts (
    job     BIGINT NOT NULL,
    idx     BIGINT NOT NULL,
    number  BIGINT NOT NULL,
    node    TEXT   NOT NULL,
    started BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    ended   BIGINT NOT NULL,
    kind    TEXT   NOT NULL,
    outcome TEXT   NOT NULL,
    PRIMARY KEY (job, idx, number)
);

CREATE TABLE tails (
    job    BIGINT NOT NULL,
    idx    BIGINT NOT NULL,
    number BIGINT NOT NULL,
    tail   BYTEA  NOT NULL,
    PRIMARY KEY (job, idx, number)
);

CREATE TABLE nodes (
    id               TEXT   NOT NULL PRIMARY KEY,
    name             TEXT   NOT NULL,
    public_key       BYTEA  NOT NULL,
    state            TEXT   NOT NULL,
    reason           TEXT   NOT NULL,
    inventory        TEXT   NOT NULL,
    labels           TEXT   NOT NULL,
    joined           BIGINT NOT NULL,
    last_seen        BIGINT NOT NULL,
    quick            TEXT   NOT NULL,
    quarantine_until BIGINT NOT NULL,
    backoff          BIGINT NOT NULL
);
CREATE INDEX nodes_usable ON nodes (last_seen, state, quarantine_until) WHERE state IN ('active', 'quarantined');

CREATE TABLE join_tokens (
    hash    TEXT   NOT NULL PRIMARY KEY,
    expires BIGINT NOT NULL,
    uses    BIGINT NOT NULL
);
