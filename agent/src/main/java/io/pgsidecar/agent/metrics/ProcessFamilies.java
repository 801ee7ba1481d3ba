package io.pgsidecar.agent.metrics;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.pgsidecar.probes.metrics.Family;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** The agent's process, by the names that Prometheus' own libraries use. */
final class ProcessFamilies {

    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessFamilies() {}

    static List<Family> now() {
        Families families = new Families();
        if (ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system) {
            families.counter(
                    "process_cpu_seconds_total",
                    "CPU time that the agent has used, in user and kernel mode.",
                    Map.of(),
                    system.getProcessCpuTime() / 1e9);
            if (system instanceof UnixOperatingSystemMXBean unix) {
                families.gauge(
                        "process_open_fds",
                        "Files and sockets that the agent has open.",
                        unix.getOpenFileDescriptorCount());
                families.gauge(
                        "process_max_fds",
                        "Files and sockets that the agent may have open.",
                        unix.getMaxFileDescriptorCount());
            }
        }
        families.gauge(
                "process_start_time_seconds",
                "When the agent was started, in seconds since 1970.",
                ManagementFactory.getRuntimeMXBean().getStartTime() / 1000.0);
        String status = status();
        kilobytes(status, "VmRSS:")
                .ifPresent(kb -> families.gauge(
                        "process_resident_memory_bytes", "Memory that the agent takes of the machine.", kb * 1024));
        kilobytes(status, "VmSize:")
                .ifPresent(kb -> families.gauge(
                        "process_virtual_memory_bytes", "Size of the agent's address space.", kb * 1024));
        return families.all();
    }

    private static String status() {
        try {
            return Files.readString(STATUS);
        } catch (IOException e) {
            return ""; // Not on Linux.
        }
    }

    /** A value of Linux' {@code /proc/self/status}. */
    static OptionalLong kilobytes(String status, String name) {
        return status.lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst();
    }
}
