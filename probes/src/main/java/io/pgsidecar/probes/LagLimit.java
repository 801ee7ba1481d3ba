package io.pgsidecar.probes;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How far a replica may be behind to be of use: in bytes of WAL, or in time. */
public sealed interface LagLimit {

    /** At most so many bytes behind a sender that is heard of. */
    record Bytes(long most) implements LagLimit {}

    /** What the replica shows is at most so old. */
    record Age(Duration most) implements LagLimit {}

    /**
     * Reads {@code 16MB}, {@code 16777216} (bytes) or {@code 30s}.
     *
     * @throws IllegalArgumentException if it is neither; the message says what would be right
     */
    static LagLimit parse(String text) {
        Matcher matcher =
                Pattern.compile("([0-9]{1,15})(kB|KB|MB|GB|TB|ms|s|min|m|h|d)?").matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "lag must be a size (16777216, 512kB, 16MB, 1GB) or a time (500ms, 30s, 5m, 1h)");
        }
        long number = Long.parseLong(matcher.group(1));
        String unit = matcher.group(2);
        try {
            return switch (unit == null ? "" : unit) {
                case "kB", "KB" -> new Bytes(Math.multiplyExact(number, 1L << 10));
                case "MB" -> new Bytes(Math.multiplyExact(number, 1L << 20));
                case "GB" -> new Bytes(Math.multiplyExact(number, 1L << 30));
                case "TB" -> new Bytes(Math.multiplyExact(number, 1L << 40));
                case "ms" -> new Age(Duration.ofMillis(number));
                case "s" -> new Age(Duration.ofSeconds(number));
                case "m", "min" -> new Age(Duration.ofMinutes(number));
                case "h" -> new Age(Duration.ofHours(number));
                case "d" -> new Age(Duration.ofDays(number));
                default -> new Bytes(number);
            };
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("lag is too large: " + text, e);
        }
    }

    /**
     * Why a replica is not within the limit, one line; empty if it is. What is not known is not within it.
     *
     * @param maxAge for how long the sender's last word counts
     */
    default Optional<String> exceeded(Replay replay, Duration maxAge, long nowNanos) {
        return switch (this) {
            case Bytes bytes -> {
                OptionalLong behind = replay.lag().bytes(maxAge, nowNanos);
                if (behind.isEmpty()) {
                    yield Optional.of("lag unknown: " + silence(replay.lag().heard(), nowNanos));
                }
                yield behind.getAsLong() <= bytes.most()
                        ? Optional.empty()
                        : Optional.of("lag of %d bytes, more than %d".formatted(behind.getAsLong(), bytes.most()));
            }
            case Age age -> {
                Optional<Duration> behind = replay.lag().time(nowNanos).or(() -> lastTransaction(replay));
                if (behind.isEmpty()) {
                    yield Optional.of("lag unknown: " + silence(null, nowNanos));
                }
                yield behind.get().compareTo(age.most()) <= 0
                        ? Optional.empty()
                        : Optional.of("lag of %s, more than %s".formatted(seconds(behind.get()), seconds(age.most())));
            }
        };
    }

    /** Without a sender only the archive's WAL tells, by the primary's clock. */
    private static Optional<Duration> lastTransaction(Replay replay) {
        Instant last = replay.lastTransaction();
        if (last == null) {
            return Optional.empty();
        }
        Duration age = Duration.between(last, Instant.now());
        return Optional.of(age.isNegative() ? Duration.ZERO : age);
    }

    private static String silence(@Nullable Long heard, long nowNanos) {
        return heard == null
                ? "no primary was heard of"
                : "the primary was last heard of %d s ago"
                        .formatted(Duration.ofNanos(nowNanos - heard).toSeconds());
    }

    private static String seconds(Duration time) {
        return time.toMillis() % 1000 == 0 || time.toSeconds() >= 10
                ? time.toSeconds() + " s"
                : time.toMillis() + " ms";
    }
}
