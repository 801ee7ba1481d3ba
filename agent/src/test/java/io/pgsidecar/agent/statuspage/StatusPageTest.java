package io.pgsidecar.agent.statuspage;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.agent.backup.BackupRun;
import io.pgsidecar.agent.metrics.RepositoryHistory;
import io.pgsidecar.archive.backup.BackupId;
import io.pgsidecar.archive.backup.BackupProgress;
import io.pgsidecar.archive.backup.CatalogEntry;
import io.pgsidecar.probes.Availability;
import io.pgsidecar.probes.InstanceRole;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class StatusPageTest {

    private static final String EVIL = "\"><script>alert('x')</script><img src=x onerror=alert(1)>";

    @Test
    void whatOthersNamedIsNeverMarkup() {
        MadeUpStatus status = new MadeUpStatus();
        status.instance = MadeUpStatus.state(
                Availability.ACCEPTING,
                InstanceRole.PRIMARY,
                MadeUpStatus.primary(List.of(MadeUpStatus.standby(EVIL, EVIL)), EVIL));
        status.probes = MadeUpStatus.probes(503, 503, EVIL);
        status.archive = MadeUpStatus.failing(Duration.ofMinutes(4), Duration.ofSeconds(9), EVIL + "\n" + EVIL);
        status.restore = status.archive;
        status.metrics = Optional.of(MadeUpStatus.slots(EVIL, false, EVIL));
        RepositoryHistory.Backup backup = new RepositoryHistory.Backup(
                EVIL,
                CatalogEntry.State.FAILED,
                MadeUpStatus.NOW,
                Optional.empty(),
                1,
                Optional.empty(),
                0,
                true,
                false,
                Optional.of(EVIL));
        status.repositories = List.of(
                MadeUpStatus.stored(
                        EVIL,
                        MadeUpStatus.look(new RepositoryHistory(
                                List.of(backup),
                                3,
                                List.of(new RepositoryHistory.Range(
                                        1, EVIL, EVIL, 1, MadeUpStatus.NOW, MadeUpStatus.NOW)),
                                List.of(new RepositoryHistory.Gap(
                                        1, EVIL, EVIL, 1, Optional.empty(), Optional.empty()))))),
                MadeUpStatus.away(EVIL, Duration.ofMinutes(1), EVIL),
                MadeUpStatus.behind(EVIL, EVIL));
        String html = html(status);
        assertThat(html)
                .contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;")
                .doesNotContain("<script>alert")
                .doesNotContain("<img");
        assertThat(html.split("<script>", -1)).hasSize(2);
    }

    @Test
    void thePolicyKnowsTheStyleAndTheScriptAndNothingElse() {
        String html = html(new MadeUpStatus());
        assertThat(PageFiles.policy())
                .startsWith("default-src 'none'; style-src 'sha256-")
                .contains("script-src 'sha256-")
                .doesNotContain("unsafe")
                .doesNotContain("http");
        assertThat(html)
                .contains("<style>" + PageFiles.STYLE + "</style>", "<script>" + PageFiles.SCRIPT + "</script>")
                .doesNotContain(" style=", " onclick=", "@import", "src=");
        assertThat(Pattern.compile("(href|src)=\"(https?:)?//").matcher(html).find())
                .isFalse();
    }

    @Test
    void theWorstStandsInTheTitleAndTheHeading() {
        MadeUpStatus status = new MadeUpStatus();
        status.archive = MadeUpStatus.failing(Duration.ofMinutes(4), Duration.ofSeconds(2), "main: disk full");
        assertThat(html(status))
                .contains(
                        "<title>Failing: Primary, ready – postgres-0</title>",
                        "Archiving is failing for 4m: main: disk full.");
    }

    @Test
    void headingsAreInOrder() {
        List<String> headings = Pattern.compile("<h([1-6])")
                .matcher(html(new MadeUpStatus()))
                .results()
                .map(found -> found.group(1))
                .toList();
        assertThat(headings).startsWith("1", "2").containsOnlyOnce("1").doesNotContain("4");
    }

    @Test
    void whereNothingWasSeenYetItSaysSo() {
        MadeUpStatus status = new MadeUpStatus();
        status.disks = Optional.empty();
        status.repositories = List.of(MadeUpStatus.stored("main", null));
        status.history = new RoleHistory.Kept(List.of(), 0);
        assertThat(html(status)).contains("Nobody has looked yet.", "Nobody has been able to look yet.");
    }

    @Test
    void theRunningBackupShowsHowFarItIs() {
        MadeUpStatus status = new MadeUpStatus();
        Instant begun = MadeUpStatus.NOW.minusSeconds(60);
        BackupProgress progress =
                new BackupProgress(BackupId.at(begun), BackupProgress.Phase.COPYING, begun, 1L << 30, 4L << 30);
        status.backup = Optional.of(
                new BackupRun(1, begun, Optional.of(progress), Optional.empty(), Optional.empty(), Optional.empty()));
        assertThat(html(status))
                .contains("Running: 20261125T115900", "copying, 1 GB of 4 GB, 17.1 MB/s, 3m left", "25 %");
    }

    @Test
    void slotsAndStandbysAreListed() {
        MadeUpStatus status = new MadeUpStatus();
        status.instance = MadeUpStatus.state(
                Availability.ACCEPTING,
                InstanceRole.PRIMARY,
                MadeUpStatus.primary(List.of(MadeUpStatus.standby("postgres-1", "sync")), "*"));
        status.metrics = Optional.of(MadeUpStatus.slots("for_postgres_1", true, "reserved"));
        assertThat(html(status))
                .contains(
                        "postgres-1", "10.0.0.2", "streaming", "64 kB", "for_postgres_1", "physical", "in use", "5 MB");
    }

    @Test
    void aThousandBackupsMakeNoHugePage() {
        MadeUpStatus status = new MadeUpStatus();
        status.repositories = List.of(MadeUpStatus.stored("main", MadeUpStatus.look(MadeUpStatus.history(1000))));
        assertThat(html(status).length()).isLessThan(80_000);
        assertThat(html(status)).contains("and 995 more; pgsidecar backup list has all");
    }

    private static String html(MadeUpStatus status) {
        return StatusPage.of(status.facts()).html("status/page");
    }
}
