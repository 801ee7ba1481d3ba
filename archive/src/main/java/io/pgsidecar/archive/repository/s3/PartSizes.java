package io.pgsidecar.archive.repository.s3;

/**
 * How large each part of an upload may be whose end nobody knows. S3 takes 10,000 parts, so they have to grow, and each
 * is held in memory until the store has it, so they must not grow much. They double after each 1,000 parts, four times:
 * with the smallest size 5 GB are reached at 5 MiB a part, 75 GB at 40 MiB, and 540 GB in all. A part is as large as the
 * one before it wherever possible, since some stores (Cloudflare R2) want all to be equal.
 *
 * @param first in bytes
 */
record PartSizes(int first) {

    static final int MAX_PARTS = 10_000;

    private static final int PARTS_OF_A_SIZE = 1_000;
    private static final int DOUBLINGS = 4;

    /**
     * The most bytes of a part.
     *
     * @param number from 1
     * @throws IllegalArgumentException if there is no such part
     */
    int of(int number) {
        if (number < 1 || number > MAX_PARTS) {
            throw new IllegalArgumentException("part " + number + " is none of " + MAX_PARTS);
        }
        return first << Math.min((number - 1) / PARTS_OF_A_SIZE, DOUBLINGS);
    }

    /** The most bytes of an object. */
    long largestObject() {
        long sum = 0;
        for (int number = 1; number <= MAX_PARTS; number++) {
            sum += of(number);
        }
        return sum;
    }
}
