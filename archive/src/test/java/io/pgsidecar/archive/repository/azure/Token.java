package io.pgsidecar.archive.repository.azure;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Tokens as Microsoft Entra ID issues them, though signed by nobody. */
final class Token {

    private Token() {}

    static String forStorage() {
        long now = System.currentTimeMillis() / 1000;
        String claims = """
                {"aud":"https://storage.azure.com","iss":"https://sts.windows.net/11111111-1111-1111-1111-111111111111/",
                "iat":%d,"nbf":%d,"exp":%d}""".formatted(now - 60, now - 60, now + 3600);
        return base64("{\"alg\":\"none\",\"typ\":\"JWT\"}") + "." + base64(claims) + "." + base64("signature");
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
