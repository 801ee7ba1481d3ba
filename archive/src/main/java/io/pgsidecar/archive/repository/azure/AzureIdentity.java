package io.pgsidecar.archive.repository.azure;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.core.http.HttpClient;
import com.azure.identity.ChainedTokenCredentialBuilder;
import com.azure.identity.CredentialUnavailableException;
import com.azure.identity.EnvironmentCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.identity.WorkloadIdentityCredentialBuilder;
import io.pgsidecar.archive.repository.azure.AzureSettings.Identity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import reactor.core.publisher.Mono;

/**
 * Identities of Microsoft Entra ID. This is the only class that knows azure-identity, whose classes and those of its
 * libraries are loaded with it: nobody may touch it unless an identity is configured.
 */
final class AzureIdentity {

    private AzureIdentity() {}

    /** The credential of the given kind. Nobody is asked for a token yet. */
    static TokenCredential credential(Identity identity, Optional<String> clientId, HttpClient http) {
        return new Retried(
                switch (identity) {
                    case MANAGED -> managed(clientId, http);
                    case WORKLOAD -> workload(clientId, http);
                    // Not azure-identity's own chain: it goes on to the tools of a developer's machine.
                    case DEFAULT ->
                        new ChainedTokenCredentialBuilder()
                                .addLast(new EnvironmentCredentialBuilder()
                                        .httpClient(http)
                                        .build())
                                .addLast(workload(clientId, http))
                                .addLast(managed(clientId, http))
                                .build();
                });
    }

    private static TokenCredential managed(Optional<String> clientId, HttpClient http) {
        ManagedIdentityCredentialBuilder builder = new ManagedIdentityCredentialBuilder().httpClient(http);
        clientId.ifPresent(builder::clientId);
        return builder.build();
    }

    private static TokenCredential workload(Optional<String> clientId, HttpClient http) {
        // The authority is in the pod's environment, put there by the cluster. To have it confirmed needs a way to the
        // public cloud's, which a sovereign or private cloud does not have.
        WorkloadIdentityCredentialBuilder builder =
                new WorkloadIdentityCredentialBuilder().httpClient(http).disableInstanceDiscovery();
        clientId.ifPresent(builder::clientId);
        return builder.build();
    }

    /**
     * Says "unavailable" in a form that is tried again and is taken for what it is: the machine's metadata service may
     * answer later than a pod starts.
     */
    private record Retried(TokenCredential credential) implements TokenCredential {

        @Override
        public Mono<AccessToken> getToken(TokenRequestContext request) {
            return credential.getToken(request).onErrorMap(CredentialUnavailableException.class, Retried::unavailable);
        }

        @Override
        public AccessToken getTokenSync(TokenRequestContext request) {
            try {
                return credential.getTokenSync(request);
            } catch (CredentialUnavailableException e) {
                throw new UncheckedIOException(unavailable(e));
            }
        }

        private static IOException unavailable(CredentialUnavailableException e) {
            return new IOException("no token for the identity: " + e.getMessage(), e);
        }
    }
}
