package io.pgsidecar.archive.repository.azure;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgsidecar.archive.repository.ObjectInfo;
import io.pgsidecar.archive.repository.ObjectKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ByteOrderTest {

    @Test
    void nothingWaitsWhereBothOrdersAreOne() {
        List<String> sorted = new ArrayList<>();
        ByteOrder order = new ByteOrder(o -> sorted.add(o.key().value()));
        for (String key : List.of("a", "a-b", "a.c", "a/b", "é", "\uFF5E")) {
            order.add(object(key));
            assertThat(sorted).endsWith(key);
        }
    }

    @Test
    void anObjectWaitsForItsNeighboursOnly() {
        List<String> sorted = new ArrayList<>();
        ByteOrder order = new ByteOrder(o -> sorted.add(o.key().value()));
        order.add(object("a/🐘"));
        assertThat(sorted).isEmpty();
        order.add(object("a/\uFF5E"));
        assertThat(sorted).containsExactly("a/\uFF5E");
        order.add(object("b"));
        assertThat(sorted).containsExactly("a/\uFF5E", "a/🐘", "b");
    }

    @Test
    void whateverTheServicesOrderOursIsTheSame() {
        long seed = System.nanoTime();
        System.out.println("whateverTheServicesOrderOursIsTheSame: seed " + seed);
        Random random = new Random(seed);
        String[] parts = {"a", "/a", "-", "\uD7FF", "🐘", "\uFF5E", "\uE000", "🐙"};
        for (int round = 0; round < 200; round++) {
            TreeSet<ObjectKey> keys = new TreeSet<>();
            for (int i = random.nextInt(30); i >= 0; i--) {
                StringBuilder key = new StringBuilder("k");
                for (int n = random.nextInt(5); n >= 0; n--) {
                    key.append(parts[random.nextInt(parts.length)]);
                }
                keys.add(new ObjectKey(key.toString()));
            }
            List<ObjectKey> utf16 =
                    keys.stream().sorted(Comparator.comparing(ObjectKey::value)).toList();
            for (List<ObjectKey> service : List.of(utf16, List.copyOf(keys))) {
                List<ObjectKey> sorted = new ArrayList<>();
                ByteOrder order = new ByteOrder(o -> sorted.add(o.key()));
                service.forEach(key -> order.add(object(key.value())));
                order.end();
                assertThat(sorted).containsExactlyElementsOf(keys);
            }
        }
    }

    private static ObjectInfo object(String key) {
        return new ObjectInfo(new ObjectKey(key), 1, Instant.EPOCH);
    }
}
