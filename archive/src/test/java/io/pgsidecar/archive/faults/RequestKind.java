package io.pgsidecar.archive.faults;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/** What a request asks of an S3 or Azure store; the most specific kind that fits, so a listing is no {@link #GET}. */
public enum RequestKind {
    GET,
    HEAD,
    PUT,
    POST,
    DELETE,
    /** S3 {@code GET ?list-type=2}, Azure {@code GET ?comp=list}. */
    LIST,
    /** S3 {@code POST ?uploads}. */
    CREATE_MULTIPART,
    /** S3 {@code PUT ?partNumber=&uploadId=}. */
    UPLOAD_PART,
    /** S3 {@code POST ?uploadId=}. */
    COMPLETE_MULTIPART,
    /** S3 {@code DELETE ?uploadId=}. */
    ABORT,
    /** S3 {@code POST ?delete}, Azure {@code POST ?comp=batch}. */
    BULK_DELETE,
    /** Azure {@code PUT} with {@code x-ms-blob-type}: a whole blob in one request. */
    PUT_BLOB,
    /** Azure {@code PUT ?comp=block}. */
    PUT_BLOCK,
    /** Azure {@code PUT ?comp=blocklist}. */
    PUT_BLOCK_LIST;

    static RequestKind of(MessageHead request) {
        Set<String> query = parameters(request.target());
        return switch (request.method()) {
            case "HEAD" -> HEAD;
            case "DELETE" -> has(query, "uploadId") ? ABORT : DELETE;
            case "POST" -> post(query);
            case "PUT" -> put(query, request);
            default -> has(query, "list-type") || query.contains("comp=list") ? LIST : GET;
        };
    }

    private static RequestKind post(Set<String> query) {
        if (has(query, "uploads")) {
            return CREATE_MULTIPART;
        }
        if (has(query, "uploadId")) {
            return COMPLETE_MULTIPART;
        }
        return has(query, "delete") || query.contains("comp=batch") ? BULK_DELETE : POST;
    }

    private static RequestKind put(Set<String> query, MessageHead request) {
        if (has(query, "partNumber")) {
            return UPLOAD_PART;
        }
        if (query.contains("comp=block")) {
            return PUT_BLOCK;
        }
        if (query.contains("comp=blocklist")) {
            return PUT_BLOCK_LIST;
        }
        return request.header("x-ms-blob-type").isPresent() ? PUT_BLOB : PUT;
    }

    private static boolean has(Set<String> query, String name) {
        return query.stream().anyMatch(p -> p.equals(name) || p.startsWith(name + "="));
    }

    private static Set<String> parameters(String target) {
        int mark = target.indexOf('?');
        return mark < 0
                ? Set.of()
                : new TreeSet<>(Arrays.asList(target.substring(mark + 1).split("&", -1)));
    }
}
