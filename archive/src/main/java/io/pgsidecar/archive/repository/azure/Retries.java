package io.pgsidecar.archive.repository.azure;

import com.azure.core.http.HttpPipelineCallContext;
import com.azure.core.http.HttpPipelineNextPolicy;
import com.azure.core.http.HttpPipelineNextSyncPolicy;
import com.azure.core.http.HttpPipelinePosition;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.policy.ExponentialBackoffOptions;
import com.azure.core.http.policy.HttpPipelinePolicy;
import com.azure.core.http.policy.RequestRetryCondition;
import com.azure.core.http.policy.RetryOptions;
import com.azure.core.http.policy.RetryPolicy;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Mono;

/**
 * Sends a request again while that may help: azure-core's retries in the place of azure-storage's own, which do not wait
 * as long as the service says (Retry-After). Each try is signed anew.
 */
final class Retries implements HttpPipelinePolicy {

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(8);

    private final RetryPolicy policy;

    /** @param attempts how often a request is sent at most */
    Retries(int attempts) {
        this.policy = new RetryPolicy(new RetryOptions(new ExponentialBackoffOptions()
                        .setMaxRetries(attempts - 1)
                        .setBaseDelay(FIRST_PAUSE)
                        .setMaxDelay(LONGEST_PAUSE))
                .setShouldRetryCondition(Retries::mayHelp));
    }

    @Override
    public Mono<HttpResponse> process(HttpPipelineCallContext context, HttpPipelineNextPolicy next) {
        return policy.process(context, next);
    }

    @Override
    public HttpResponse processSync(HttpPipelineCallContext context, HttpPipelineNextSyncPolicy next) {
        return policy.processSync(context, next);
    }

    /** Before what signs. */
    @Override
    public HttpPipelinePosition getPipelinePosition() {
        return HttpPipelinePosition.PER_CALL;
    }

    private static boolean mayHelp(RequestRetryCondition condition) {
        return condition.getResponse() != null
                ? AzureErrors.mayPass(condition.getResponse().getStatusCode())
                : condition.getThrowable() instanceof IOException
                        || condition.getThrowable() instanceof TimeoutException;
    }
}
