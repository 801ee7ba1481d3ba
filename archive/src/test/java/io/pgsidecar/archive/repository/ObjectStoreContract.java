package io.pgsidecar.archive.repository;

/**
 * Holds a back end to what {@link ObjectStore} and {@link ObjectWriter} promise. A back end's test implements it with
 * its two stores and inherits all tests; what is special to the back end it adds.
 */
public interface ObjectStoreContract extends ReadingContract, WritingContract, ListingContract, ConcurrencyContract {}
