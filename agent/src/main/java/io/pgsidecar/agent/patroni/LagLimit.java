package io.pgsidecar.agent.patroni;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Map;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code lag=} as Patroni reads it, which is as PostgreSQL reads a setting: bytes, or a number with the unit B, kB, MB,
 * GB or TB, in this case. What cannot be read is no limit, as with Patroni: a load balancer's configuration that works
 * there works here.
 */
final class LagLimit {

    private static final Pattern HEX = Pattern.compile("([-+]?)0x([0-9a-fA-F]+)(.*)", Pattern.DOTALL);
    private static final Pattern OCTAL = Pattern.compile("([-+]?)(0[0-7]*)(.*)", Pattern.DOTALL);
    private static final Pattern DECIMAL = Pattern.compile("([-+]?)([1-9][0-9]*)(.*)", Pattern.DOTALL);
    private static final Pattern REAL =
            Pattern.compile("([-+]?[0-9]*\\.?[0-9]+(?:[eE][-+]?[0-9]{1,4})?)(.*)", Pattern.DOTALL);
    /** Each with the next smaller one, to whole multiples of which a fraction is rounded. */
    private static final Map<String, long[]> UNITS = Map.of(
            "B", new long[] {1, 1},
            "kB", new long[] {1L << 10, 1},
            "MB", new long[] {1L << 20, 1L << 10},
            "GB", new long[] {1L << 30, 1L << 20},
            "TB", new long[] {1L << 40, 1L << 30});

    private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

    private LagLimit() {}

    /** The limit in bytes; empty where the text is none. */
    static OptionalLong parse(String text) {
        String value = text.strip();
        Matcher whole = integer(value);
        if (whole != null && !goesOnAsReal(whole.group(3))) {
            int radix = whole.pattern() == HEX ? 16 : whole.pattern() == OCTAL ? 8 : 10;
            return bytes(new BigDecimal(new BigInteger(whole.group(1) + whole.group(2), radix)), whole.group(3));
        }
        Matcher real = REAL.matcher(value);
        return real.matches() ? bytes(new BigDecimal(real.group(1)), real.group(2)) : OptionalLong.empty();
    }

    private static @Nullable Matcher integer(String value) {
        for (Pattern pattern : new Pattern[] {HEX, OCTAL, DECIMAL}) {
            Matcher matcher = pattern.matcher(value);
            if (matcher.matches()) {
                return matcher;
            }
        }
        return null;
    }

    private static boolean goesOnAsReal(String rest) {
        return !rest.isEmpty() && ".eE".indexOf(rest.charAt(0)) >= 0;
    }

    private static OptionalLong bytes(BigDecimal number, String rest) {
        String unit = rest.strip();
        long[] sizes = UNITS.get(unit.isEmpty() ? "B" : unit);
        if (sizes == null) {
            return OptionalLong.empty();
        }
        BigDecimal step = BigDecimal.valueOf(sizes[1]);
        BigDecimal rounded = number.multiply(BigDecimal.valueOf(sizes[0] / sizes[1]))
                .setScale(0, RoundingMode.HALF_EVEN)
                .multiply(step);
        return OptionalLong.of(rounded.min(MOST).max(MOST.negate()).longValueExact());
    }
}
