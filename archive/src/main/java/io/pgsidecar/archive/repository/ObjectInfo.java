package io.pgsidecar.archive.repository;

import java.time.Instant;

/**
 * What a store knows of an object without reading it.
 *
 * @param size in bytes, as stored
 * @param lastModified by the store's clock
 */
public record ObjectInfo(ObjectKey key, long size, Instant lastModified) {}
