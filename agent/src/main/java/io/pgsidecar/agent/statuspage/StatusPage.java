package io.pgsidecar.agent.statuspage;

import io.pgsidecar.agent.metrics.CatalogLook;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the page says, before it is written. Pure: made of what was known at a moment.
 *
 * @param slots empty where none is known
 * @param pictures of the recovery window, one for each of the repositories; empty where there is nothing to be shown
 */
public record StatusPage(
        StatusFacts facts, Headline headline, List<Slot> slots, List<Optional<RecoveryPicture>> pictures) {

    public StatusPage {
        slots = List.copyOf(slots);
        pictures = List.copyOf(pictures);
    }

    /** Makes it. */
    public static StatusPage of(StatusFacts facts) {
        List<Optional<RecoveryPicture>> pictures = new ArrayList<>();
        for (StatusFacts.StoredIn stored : facts.repositories()) {
            CatalogLook look = stored.seen().last();
            pictures.add(look == null ? Optional.empty() : RecoveryPicture.of(look, facts.now()));
        }
        return new StatusPage(
                facts,
                Headline.of(facts),
                facts.metrics().map(page -> Slot.of(page.families())).orElse(List.of()),
                pictures);
    }

    /** For programs and tests: as a web page, which loads nothing from elsewhere. */
    public String html(String self) {
        return PageHtml.of(this, self);
    }
}
