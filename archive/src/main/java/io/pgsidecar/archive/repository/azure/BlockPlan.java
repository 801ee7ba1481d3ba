package io.pgsidecar.archive.repository.azure;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.UUID;

/**
 * How an object is cut into blocks. The service takes 50,000 of them, so blocks grow with the object: a segment of WAL
 * costs little memory, and a file of 100 GiB still fits.
 *
 * <p>A block's name begins with its writer's own number. All writers of a blob share one list of blocks that are not
 * committed, and one that named a block as another did would have that one's content in its object. Names in that list
 * must all be of one length.
 *
 * @see <a href="https://learn.microsoft.com/rest/api/storageservices/put-block">Put Block</a>
 */
final class BlockPlan {

    /** The service's limit. */
    static final int MAX_BLOCKS = 50_000;

    static final int FIRST_SIZE = 2 << 20;

    /** So often the size doubles, at equal distances. */
    private static final int DOUBLINGS = 4;

    private static final int STEP = MAX_BLOCKS / DOUBLINGS;

    private final UUID writer;

    BlockPlan(UUID writer) {
        this.writer = writer;
    }

    /** In bytes; the last block of an object may be smaller. */
    static int size(int index) {
        return FIRST_SIZE << (index / STEP);
    }

    /** The largest object that can be stored, in bytes: 366 GiB. */
    static long maxObject() {
        long sum = 0;
        for (int i = 0; i < DOUBLINGS; i++) {
            sum += (long) STEP * size(i * STEP);
        }
        return sum;
    }

    /** The name of a block, in Base64. */
    String id(int index) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES)
                .putLong(writer.getMostSignificantBits())
                .putLong(writer.getLeastSignificantBits())
                .putInt(index);
        return Base64.getEncoder().encodeToString(bytes.array());
    }
}
