package io.pgsidecar.archive.faults;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * How the body of an HTTP/1.1 message is framed (RFC 9112, 6.3).
 *
 * @param length in bytes, where the framing tells it beforehand; 0 for none, otherwise -1
 */
record MessageBody(Framing framing, long length) {

    enum Framing {
        NONE,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSED
    }

    private static final int BUFFER = 32 * 1024;

    static MessageBody ofRequest(MessageHead request) {
        return of(request, new MessageBody(Framing.NONE, 0));
    }

    static MessageBody ofAnswer(MessageHead answer, String method) {
        int status = answer.status();
        return method.equals("HEAD") || status < 200 || status == 204 || status == 304
                ? new MessageBody(Framing.NONE, 0)
                : of(answer, new MessageBody(Framing.UNTIL_CLOSED, -1));
    }

    private static MessageBody of(MessageHead head, MessageBody otherwise) {
        if (head.headerHas("Transfer-Encoding", "chunked")) {
            return new MessageBody(Framing.CHUNKED, -1);
        }
        return head.header("Content-Length")
                .map(value -> new MessageBody(Framing.LENGTH, Long.parseLong(value)))
                .orElse(otherwise);
    }

    boolean isEmpty() {
        return length == 0;
    }

    /** Where a fault that is to strike after so many bytes does: within the body, if its length is known. */
    long within(long at) {
        return length < 0 ? at : Math.min(at, length / 2);
    }

    /** Brings the body from one connection to the other. */
    void copy(InputStream in, BodySink sink) throws IOException {
        switch (framing) {
            case NONE -> {}
            case LENGTH -> copy(in, sink, length);
            case UNTIL_CLOSED -> {
                byte[] buffer = new byte[BUFFER];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    sink.payload(buffer, n);
                }
            }
            case CHUNKED -> {
                copyChunks(in, sink);
                return;
            }
        }
        sink.end(new byte[0]);
    }

    private static void copyChunks(InputStream in, BodySink sink) throws IOException {
        while (true) {
            String header = whole(in);
            long size = Long.parseLong(header.strip().split(";", 2)[0].strip(), 16);
            if (size == 0) {
                StringBuilder end = new StringBuilder(header);
                String trailer;
                do {
                    trailer = whole(in);
                    end.append(trailer);
                } while (!trailer.equals("\r\n"));
                sink.end(end.toString().getBytes(StandardCharsets.ISO_8859_1));
                return;
            }
            sink.framing(header.getBytes(StandardCharsets.ISO_8859_1));
            copy(in, sink, size);
            sink.framing(whole(in).getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private static String whole(InputStream in) throws IOException {
        String line = MessageHead.line(in);
        if (!line.endsWith("\n")) {
            throw new EOFException("closed within a chunked body");
        }
        return line;
    }

    private static void copy(InputStream in, BodySink sink, long length) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long left = length;
        while (left > 0) {
            int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (n < 0) {
                throw new EOFException(left + " bytes of the body are missing");
            }
            sink.payload(buffer, n);
            left -= n;
        }
    }
}
