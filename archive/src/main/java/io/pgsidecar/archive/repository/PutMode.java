package io.pgsidecar.archive.repository;

/** What becomes of an object that has the name already. */
public enum PutMode {
    /** It stays as it is, and the write fails with {@link ObjectExistsException}. Of several writers one wins. */
    CREATE,
    /** It is replaced, at once and whole. */
    REPLACE
}
