-- Names alone change; what an event or a reason says is read as it was written (crates/boathook-core/src/record/format_7.rs).
ALTER TABLE deployments RENAME COLUMN job TO id;
ALTER TABLE deployments RENAME COLUMN forgotten TO pruned;
ALTER TABLE deployments RENAME COLUMN accepted_as TO accepted_seq;
ALTER TABLE records RENAME COLUMN job TO deployment;
