package io.pgsidecar.archive.repository.s3;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A few lines of S3 in this process, for what real servers cannot be made to do: a script sees each request first, and
 * may answer in the store's place, before or after the store has done it. One bucket, named {@code bucket}.
 */
@SuppressWarnings("ArrayRecordComponent") // They are not compared.
final class TinyS3 implements AutoCloseable {

    record Request(String method, String path, Map<String, String> query, Map<String, String> headers, byte[] body) {
        boolean is(String wanted, String parameter) {
            return method.equals(wanted) && (parameter.isEmpty() ? query.isEmpty() : query.containsKey(parameter));
        }

        boolean isAbout(String key) {
            return path.equals("/bucket/" + key);
        }

        @Nullable
        String header(String name) {
            return headers.get(name);
        }

        /** The kind, as S3 names it, and the key. */
        String summary() {
            String kind = switch (method) {
                case "HEAD" -> "Head";
                case "GET" -> query.containsKey("list-type") ? "List" : "Get";
                case "PUT" -> query.containsKey("partNumber") ? "Part" : "Put";
                case "DELETE" -> query.containsKey("uploadId") ? "Abort" : "Delete";
                default ->
                    query.containsKey("uploads") ? "Begin" : query.containsKey("delete") ? "DeleteMany" : "Complete";
            };
            return kind + (path.length() > 8 ? " " + path.substring(8) : "");
        }
    }

    /**
     * What is sent back.
     *
     * @param announced as the length of the body; a body that is shorter breaks off
     */
    record Answer(int status, Map<String, String> headers, byte[] body, long announced) {
        static Answer of(int status, String body) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            return new Answer(status, Map.of(), bytes, bytes.length);
        }

        static Answer error(int status, String code) {
            return of(status, "<Error><Code>%s</Code><Message>scripted</Message></Error>".formatted(code));
        }

        Answer cutTo(int length) {
            return new Answer(status, headers, Arrays.copyOf(body, length), announced);
        }
    }

    /** What is done with a request; null leaves it to the store. */
    @FunctionalInterface
    interface Script {
        @Nullable
        Answer answer(Request request, Store store) throws IOException;
    }

    /** What the store itself would do. */
    @FunctionalInterface
    interface Store {
        Answer answer(Request request);
    }

    record Stored(byte[] content, String eTag, Map<String, String> metadata) {}

    private static final Pattern PART = Pattern.compile("<PartNumber>(\\d+)</PartNumber>");
    private static final Pattern DELETED = Pattern.compile("<Key>(.*?)</Key>");

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Stored> objects = new ConcurrentSkipListMap<>();
    private final Map<String, Map<Integer, byte[]>> uploads = new ConcurrentHashMap<>();
    private final Map<String, Map<String, String>> uploadMetadata = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final AtomicInteger numbers = new AtomicInteger();
    private volatile Script script = (request, store) -> null;

    TinyS3() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    void script(Script wanted) {
        script = wanted;
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** All that came, in the order of their arrival. */
    List<Request> requests() {
        return requests;
    }

    List<String> summaries() {
        return requests.stream().map(Request::summary).toList();
    }

    Map<String, Stored> objects() {
        return objects;
    }

    /** An object's bytes; it must be there. */
    byte[] content(String key) {
        return Objects.requireNonNull(objects.get(key), key).content();
    }

    /** Uploads in parts that are neither completed nor aborted. */
    int openUploads() {
        return uploads.size();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
            Map<String, String> query = new TreeMap<>();
            String raw = exchange.getRequestURI().getRawQuery();
            for (String pair : raw == null ? new String[0] : raw.split("&")) {
                String[] parts = pair.split("=", 2);
                query.put(parts[0], parts.length == 2 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : "");
            }
            query.remove("x-id");
            Request request = new Request(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().getPath(),
                    query,
                    headers,
                    exchange.getRequestBody().readAllBytes());
            requests.add(request);
            Answer scripted = script.answer(request, this::store);
            Answer answer = scripted == null ? store(request) : scripted;
            answer.headers()
                    .forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
            boolean head = request.method().equals("HEAD");
            if (head && answer.status() == 200) {
                exchange.getResponseHeaders().set("Content-Length", Long.toString(answer.announced()));
            }
            exchange.sendResponseHeaders(answer.status(), head || answer.announced() == 0 ? -1 : answer.announced());
            if (!head && answer.body().length > 0) {
                OutputStream out = exchange.getResponseBody();
                out.write(answer.body());
                out.flush();
            }
        }
    }

    private synchronized Answer store(Request r) {
        if (!r.path().startsWith("/bucket/") && !r.path().equals("/bucket")) {
            return Answer.error(404, "NoSuchBucket");
        }
        String key = r.path().length() > 8 ? r.path().substring(8) : "";
        if (key.isEmpty()) {
            return r.method().equals("POST") ? deleteMany(r) : list(r);
        }
        return switch (r.method()) {
            case "PUT" -> r.query().containsKey("uploadId") ? part(r) : put(key, r, r.body(), metadata(r));
            case "POST" -> r.query().containsKey("uploads") ? begin(r) : complete(key, r);
            case "DELETE" -> {
                if (!r.query().containsKey("uploadId")) {
                    objects.remove(key);
                } else if (uploads.remove(r.query().get("uploadId")) == null) {
                    yield Answer.error(404, "NoSuchUpload");
                }
                yield Answer.of(204, "");
            }
            default -> get(key, r);
        };
    }

    private Answer put(String key, Request r, byte[] content, Map<String, String> metadata) {
        if ("*".equals(r.header("If-None-Match")) && objects.containsKey(key)) {
            return Answer.error(412, "PreconditionFailed");
        }
        Stored stored = new Stored(content, "\"e" + numbers.incrementAndGet() + "\"", metadata);
        objects.put(key, stored);
        return new Answer(200, Map.of("ETag", stored.eTag()), new byte[0], 0);
    }

    private Answer begin(Request r) {
        String id = "u" + numbers.incrementAndGet();
        uploads.put(id, new TreeMap<>());
        uploadMetadata.put(id, metadata(r));
        return Answer.of(
                200,
                "<InitiateMultipartUploadResult><UploadId>%s</UploadId></InitiateMultipartUploadResult>".formatted(id));
    }

    private Answer part(Request r) {
        Map<Integer, byte[]> upload = uploads.get(r.query().get("uploadId"));
        if (upload == null) {
            return Answer.error(404, "NoSuchUpload");
        }
        upload.put(Integer.valueOf(r.query().get("partNumber")), r.body());
        return new Answer(200, Map.of("ETag", "\"p" + numbers.incrementAndGet() + "\""), new byte[0], 0);
    }

    private Answer complete(String key, Request r) {
        String id = r.query().getOrDefault("uploadId", "");
        Map<Integer, byte[]> upload = uploads.get(id);
        if (upload == null) {
            return Answer.error(404, "NoSuchUpload");
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Matcher parts = PART.matcher(new String(r.body(), StandardCharsets.UTF_8));
        while (parts.find()) {
            all.writeBytes(upload.getOrDefault(Integer.valueOf(parts.group(1)), new byte[0]));
        }
        Answer put = put(key, r, all.toByteArray(), uploadMetadata.getOrDefault(id, Map.of()));
        if (put.status() != 200) {
            return put;
        }
        uploads.remove(id);
        return Answer.of(
                200,
                "<CompleteMultipartUploadResult><ETag>%s</ETag></CompleteMultipartUploadResult>"
                        .formatted(put.headers().get("ETag")));
    }

    private Answer get(String key, Request r) {
        Stored stored = objects.get(key);
        if (stored == null) {
            return r.method().equals("HEAD") ? Answer.of(404, "") : Answer.error(404, "NoSuchKey");
        }
        String match = r.header("If-Match");
        if (match != null && !match.equals(stored.eTag())) {
            return Answer.error(412, "PreconditionFailed");
        }
        Map<String, String> headers = new TreeMap<>();
        headers.put("ETag", stored.eTag());
        headers.put("Last-Modified", "Wed, 21 Oct 2026 07:28:00 GMT");
        stored.metadata().forEach(headers::put);
        String range = r.header("Range");
        byte[] content = stored.content();
        if (range == null) {
            return new Answer(200, headers, content, content.length);
        }
        int from = Integer.parseInt(range.substring("bytes=".length(), range.length() - 1));
        headers.put("Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        byte[] rest = Arrays.copyOfRange(content, from, content.length);
        return new Answer(206, headers, rest, rest.length);
    }

    private Answer list(Request r) {
        String prefix = r.query().getOrDefault("prefix", "");
        StringBuilder xml = new StringBuilder("<ListBucketResult><Name>bucket</Name><IsTruncated>false</IsTruncated>");
        objects.forEach((key, stored) -> {
            if (key.startsWith(prefix)) {
                xml.append("<Contents><Key>%s</Key><Size>%d</Size>".formatted(key, stored.content().length))
                        .append("<LastModified>2026-10-21T07:28:00.123Z</LastModified></Contents>");
            }
        });
        return Answer.of(200, xml.append("</ListBucketResult>").toString());
    }

    private Answer deleteMany(Request r) {
        Matcher keys = DELETED.matcher(new String(r.body(), StandardCharsets.UTF_8));
        List<String> all = new ArrayList<>();
        while (keys.find()) {
            all.add(keys.group(1));
        }
        all.forEach(objects::remove);
        return Answer.of(200, "<DeleteResult></DeleteResult>");
    }

    private static Map<String, String> metadata(Request r) {
        Map<String, String> metadata = new TreeMap<>();
        r.headers().forEach((name, value) -> {
            if (name.toLowerCase(Locale.ROOT).startsWith("x-amz-meta-")) {
                metadata.put(name, value);
            }
        });
        return metadata;
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
