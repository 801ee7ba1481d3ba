package io.pgsidecar.archive.backup;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum that PostgreSQL keeps in each page where data checksums are on: a variant of FNV-1a over 32 lanes.
 *
 * @see <a href="https://github.com/postgres/postgres/blob/master/src/include/storage/checksum_impl.h">checksum_impl.h</a>
 */
final class PageChecksum {

    /** Bytes of a page as PostgreSQL is built everywhere. */
    static final int PAGE = 8192;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int LANES = 32;
    private static final int PRIME = 16777619;
    private static final int CHECKSUM_AT = 8;
    private static final int UPPER_AT = 14;
    private static final int[] OFFSETS = {
        0x5B1F36E9, 0xB8525960, 0x02AB50AA, 0x1DE66D2A, 0x79FF467A, 0x9BB9F8A3, 0x217E7CD2, 0x83E13D2C,
        0xF8D4474F, 0xE39EB970, 0x42C6AE16, 0x993216FA, 0x7B093B5D, 0x98DAFF3C, 0xF718902A, 0x0B1C9CDB,
        0xE58F764B, 0x187636BC, 0x5D7B3BB1, 0xE73DE7DE, 0x92BEC979, 0xCCA6C0B2, 0x304A0979, 0x85AA43D4,
        0x783125BB, 0x6CA8EAA2, 0xE407EAC6, 0x4B5CFC3E, 0x9FBF8C76, 0x15CA20BE, 0xF2CA9FD3, 0x959BD756
    };

    private final int[] sums = new int[LANES];

    /** The last change of the page (LSN, unsigned). */
    static long lsn(byte[] buffer, int offset) {
        long high = (int) INT.get(buffer, offset) & 0xFFFF_FFFFL;
        long low = (int) INT.get(buffer, offset + 4) & 0xFFFF_FFFFL;
        return high << 32 | low;
    }

    /** Whether the page was never written to; such a page has no checksum. */
    static boolean isNew(byte[] buffer, int offset) {
        return (short) SHORT.get(buffer, offset + UPPER_AT) == 0;
    }

    /** The checksum in the page. */
    static int stored(byte[] buffer, int offset) {
        return (short) SHORT.get(buffer, offset + CHECKSUM_AT) & 0xFFFF;
    }

    /**
     * The checksum that the page should have.
     *
     * @param block the page's number in its relation, over all its files
     */
    int compute(byte[] buffer, int offset, long block) {
        System.arraycopy(OFFSETS, 0, sums, 0, LANES);
        for (int row = 0; row < PAGE; row += 4 * LANES) {
            for (int lane = 0; lane < LANES; lane++) {
                int at = row + 4 * lane;
                int value = (int) INT.get(buffer, offset + at);
                if (at == CHECKSUM_AT) {
                    // The checksum itself counts as zero; the two bytes behind it are the page's flags.
                    value &= 0xFFFF_0000;
                }
                int mixed = sums[lane] ^ value;
                sums[lane] = mixed * PRIME ^ mixed >>> 17;
            }
        }
        int all = 0;
        for (int lane = 0; lane < LANES; lane++) {
            int sum = sums[lane];
            sum = sum * PRIME ^ sum >>> 17;
            sum = sum * PRIME ^ sum >>> 17;
            all ^= sum;
        }
        return Integer.remainderUnsigned(all ^ (int) block, 65535) + 1;
    }
}
