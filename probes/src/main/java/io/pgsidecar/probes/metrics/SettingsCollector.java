package io.pgsidecar.probes.metrics;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The server's parameters that are numbers or switches: {@code pg_settings_shared_buffers_bytes}. */
final class SettingsCollector implements Collector {

    private static final Pattern UNIT = Pattern.compile("(\\d*)(B|kB|MB|GB|TB|ms|s|min|h|d)");

    @Override
    public String name() {
        return "settings";
    }

    @Override
    public Tier tier() {
        return Tier.SLOW;
    }

    /** What this session has set for itself is nobody's concern: others have what it had before. */
    @Override
    public List<Family> collect(Connection connection, int version) throws SQLException {
        List<Family> families = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT name, CASE WHEN source = 'session' THEN reset_val ELSE setting END AS setting,
                               COALESCE(unit, '') AS unit
                        FROM pg_settings
                        WHERE vartype IN ('bool', 'integer', 'real') ORDER BY name""")) {
            while (row.next()) {
                family(row.getString(1), row.getString(2), row.getString(3)).ifPresent(families::add);
            }
        }
        return families;
    }

    /** The family of a parameter, in seconds or bytes; none if its value or its unit is not understood (pure). */
    static Optional<Family> family(String name, String setting, String unit) {
        String metric = "pg_settings_" + name.replaceAll("[^a-zA-Z0-9_]", "_");
        if (unit.isEmpty()) {
            OptionalDouble value = number(setting);
            return value.isEmpty() ? Optional.empty() : Optional.of(gauge(metric, name, value.getAsDouble(), ""));
        }
        Matcher parts = UNIT.matcher(unit);
        OptionalDouble value = number(setting);
        if (value.isEmpty() || !parts.matches()) {
            return Optional.empty();
        }
        double amount = value.getAsDouble();
        boolean bytes = parts.group(2).endsWith("B");
        String converted = bytes ? "bytes" : "seconds";
        // It means "none" or "not set", whatever the unit.
        if (amount != -1) {
            double count = parts.group(1).isEmpty() ? 1 : Double.parseDouble(parts.group(1));
            amount *= count;
            amount = parts.group(2).equals("ms") ? amount / 1000 : amount * factor(parts.group(2));
        }
        return Optional.of(
                gauge(metric + "_" + converted, name, amount, " [Units converted to %s.]".formatted(converted)));
    }

    private static Family gauge(String metric, String name, double value, String units) {
        return new Family(
                metric, Family.Type.GAUGE, "Server Parameter: " + name + units, List.of(new Sample(Map.of(), value)));
    }

    private static OptionalDouble number(String setting) {
        if (setting.equals("on")) {
            return OptionalDouble.of(1);
        }
        if (setting.equals("off")) {
            return OptionalDouble.of(0);
        }
        try {
            return OptionalDouble.of(Double.parseDouble(setting));
        } catch (NumberFormatException e) {
            return OptionalDouble.empty();
        }
    }

    private static double factor(String unit) {
        return switch (unit) {
            case "kB" -> 0x1p10;
            case "MB" -> 0x1p20;
            case "GB" -> 0x1p30;
            case "TB" -> 0x1p40;
            case "min" -> 60;
            case "h" -> 3600;
            case "d" -> 86400;
            default -> 1;
        };
    }
}
