package io.pgsidecar.archive.repository.s3;

import io.pgsidecar.archive.repository.Content;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.ContentStreamProvider;

/**
 * A caller's content as the body of a request. It keeps back the last bytes until it knows that nothing comes behind
 * them: content that is longer or shorter than it says is never sent whole, so the store cannot take it for an object.
 * The caller's own errors are kept for the caller, and end the request without retries.
 */
final class CheckedContent implements ContentStreamProvider {

    /** Ends the request: the SDK repeats what fails with an IOException, but nothing that fails with this. */
    static final class ContentFailedException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        ContentFailedException(IOException cause) {
            super(cause);
        }
    }

    private final String key;
    private final Content content;
    private @Nullable IOException failure;
    private @Nullable InputStream open;

    /** @param key for messages */
    CheckedContent(String key, Content content) {
        this.key = key;
        this.content = content;
    }

    /** The caller's error that ended the request; null if it was not that. */
    @Nullable
    IOException failure() {
        return failure;
    }

    @Override
    public InputStream newStream() {
        closeStream();
        try {
            InputStream stream = new Stream(content.openStream());
            open = stream;
            return stream;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /** The SDK leaves open what it was given. */
    void closeStream() {
        InputStream before = open;
        open = null;
        if (before != null) {
            try {
                before.close();
            } catch (IOException e) {
                // It was only read.
            }
        }
    }

    private ContentFailedException failed(IOException e) {
        failure = e;
        return new ContentFailedException(e);
    }

    private final class Stream extends FilterInputStream {
        private long position;

        Stream(InputStream in) {
            super(in);
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            Objects.checkFromIndexSize(offset, length, bytes.length);
            if (length == 0) {
                return 0;
            }
            long left = content.length() - position;
            if (left == 0) {
                return -1;
            }
            try {
                int n = in.read(bytes, offset, (int) Math.min(length, left));
                if (n < 0) {
                    throw wrongLength("only " + position);
                }
                position += n;
                if (position == content.length() && in.read() >= 0) {
                    throw wrongLength("more");
                }
                return n;
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public long skip(long n) throws IOException {
            long skipped = 0;
            while (skipped < n && read() >= 0) {
                skipped++;
            }
            return skipped;
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }

    private IOException wrongLength(String real) {
        return new IOException(
                "the content of %s was to have %d bytes and has %s".formatted(key, content.length(), real));
    }

    /** For content without bytes, of which nobody would read any. */
    void checkEmpty() throws IOException {
        try (InputStream in = content.openStream()) {
            if (in.read() >= 0) {
                throw wrongLength("more");
            }
        }
    }
}
