package io.pgsidecar.archive.wal;

import io.pgsidecar.archive.codec.Encoding;
import io.pgsidecar.archive.codec.NoKeyException;
import io.pgsidecar.archive.codec.SaltedDigest;
import io.pgsidecar.archive.repository.ObjectExistsException;
import io.pgsidecar.archive.repository.ObjectKey;
import io.pgsidecar.archive.repository.ObjectStoreException;
import io.pgsidecar.archive.repository.ObjectWriter;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Copies WAL files from one repository to another, in a stream: no file is held whole, in memory or on disk.
 *
 * <p>An object is copied as it is stored, and read through on the way: what does not decode to the file that its name
 * says is not published. What is encrypted for others than this agent cannot be read, and is copied all the same: age
 * finds damage when somebody reads it who can. What is not encrypted and should be by now is encrypted.
 */
final class RepositoryCopy {

    private static final int BUFFER = 256 * 1024;

    private final WalRepository source;
    private final WalRepository target;
    private final long systemIdentifier;

    RepositoryCopy(WalRepository source, WalRepository target, long systemIdentifier) {
        this.source = source;
        this.target = target;
        this.systemIdentifier = systemIdentifier;
    }

    /**
     * Copies a file, unless the target has one of its name.
     *
     * @return false if the source has no such file (any more)
     * @throws WalException naming the repository that failed; {@code CORRUPT} if what the source has is damaged
     */
    boolean copy(WalFileName name, ObjectKey stem) throws WalException, InterruptedException {
        try {
            if (!target.locate(stem).isEmpty()) {
                return true;
            }
        } catch (IOException e) {
            throw WalException.ofRepository(target.name(), e);
        }
        List<ObjectKey> keys;
        try {
            keys = source.locate(stem);
        } catch (IOException e) {
            throw WalException.ofRepository(source.name(), e);
        }
        @Nullable WalException corrupt = null;
        for (ObjectKey key : keys) {
            try {
                copyObject(name, stem, key);
                return true;
            } catch (WalException e) {
                if (e.reason() != WalException.Reason.CORRUPT) {
                    throw e;
                }
                corrupt = corrupt == null ? e : corrupt; // Another encoding of the same file may be sound.
            }
        }
        if (corrupt != null) {
            throw corrupt;
        }
        return false;
    }

    private void copyObject(WalFileName name, ObjectKey stem, ObjectKey key) throws WalException, InterruptedException {
        boolean encrypt = target.encrypts() && !Encoding.ofName(key.name()).encrypted();
        ObjectKey targetKey = encrypt ? stem.withEnding(target.ending()) : key;
        try (ObjectWriter writer = target.newWriter(targetKey)) {
            if (encrypt) {
                encode(name, key, writer);
            } else {
                Tee tee = new Tee(openRaw(key), writer.stream());
                try (tee) {
                    readThrough(name, key, tee);
                } catch (IOException e) {
                    if (tee.outFailure != null) {
                        throw tee.outFailure;
                    }
                    throw failureOfSource(key, e);
                }
            }
            writer.commit();
        } catch (ObjectExistsException e) {
            // Somebody else was faster: the agent of another pod.
        } catch (IOException e) {
            throw WalException.ofRepository(target.name(), e);
        }
    }

    /** Reads all of an object, and decodes what can be decoded. */
    private void readThrough(WalFileName name, ObjectKey key, Tee tee) throws IOException, WalException {
        try (InputStream decoded = source.decode(key, new KeptOpenInput(tee))) {
            checked(name, key, decoded).transferTo(OutputStream.nullOutputStream());
        } catch (ObjectStoreException e) {
            if (!(e.getCause() instanceof NoKeyException)) {
                throw e;
            }
        }
        tee.transferTo(OutputStream.nullOutputStream());
    }

    private void encode(WalFileName name, ObjectKey key, ObjectWriter writer) throws IOException, WalException {
        SaltedDigest digest;
        try (InputStream content = source.open(key)) {
            digest = SaltedDigest.of(checked(name, key, content));
        } catch (IOException e) {
            throw failureOfSource(key, e);
        }
        try (InputStream content = source.open(key);
                OutputStream encrypted = target.encrypt(writer.stream(), digest);
                OutputStream out = target.compress(encrypted)) {
            byte[] buffer = new byte[BUFFER];
            for (int n = read(content, key, buffer); n >= 0; n = read(content, key, buffer)) {
                out.write(buffer, 0, n);
            }
        }
    }

    private int read(InputStream content, ObjectKey key, byte[] buffer) throws WalException {
        try {
            return content.read(buffer);
        } catch (IOException e) {
            throw failureOfSource(key, e);
        }
    }

    /** The content, which fails where it is not the file that its name says. */
    private InputStream checked(WalFileName name, ObjectKey key, InputStream content) throws IOException, WalException {
        try {
            if (!name.holdsWal()) {
                byte[] text = content.readNBytes((int) WalFileCheck.MAX_TEXT_BYTES + 1);
                WalFileCheck.checkText(name, text);
                return new ByteArrayInputStream(text);
            }
            byte[] start = content.readNBytes(WalHeader.LENGTH);
            WalHeader header = WalHeader.read(start);
            header.check(name, header.segmentSize(), systemIdentifier);
            return new OfLength(
                    new SequenceInputStream(new ByteArrayInputStream(start), content), header.segmentSize());
        } catch (WalException e) {
            throw StoredContent.corrupt(source.name(), key, e);
        }
    }

    private InputStream openRaw(ObjectKey key) throws WalException {
        try {
            return source.openRaw(key);
        } catch (IOException e) {
            throw failureOfSource(key, e);
        }
    }

    private WalException failureOfSource(ObjectKey key, IOException e) {
        return e instanceof ObjectStoreException
                ? WalException.ofRepository(source.name(), e)
                : StoredContent.corrupt(source.name(), key, e);
    }

    /** Gives what it reads to a second reader too. */
    private static final class Tee extends InputStream {

        private final InputStream in;
        private final OutputStream out;
        private @Nullable IOException outFailure;

        Tee(InputStream in, OutputStream out) {
            this.in = in;
            this.out = out;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = in.read(bytes, offset, length);
            if (n > 0) {
                try {
                    out.write(bytes, offset, n);
                } catch (IOException e) {
                    outFailure = e;
                    throw e;
                }
            }
            return n;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }

    /** The stream of the object, which is read on after what decodes it is closed. */
    private static final class KeptOpenInput extends FilterInputStream {

        KeptOpenInput(InputStream in) {
            super(in);
        }

        @Override
        public void close() {
            // Its owner closes it.
        }
    }

    /** Fails at its end, if that comes too early or too late. */
    private static final class OfLength extends InputStream {

        private final InputStream in;
        private final long length;
        private long read;

        OfLength(InputStream in, long length) {
            this.in = in;
            this.length = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] bytes, int offset, int count) throws IOException {
            int n = in.read(bytes, offset, count);
            read += Math.max(n, 0);
            if (n < 0 ? read != length : read > length) {
                throw new IOException("it has %s %d bytes of content instead of %d"
                        .formatted(n < 0 ? "only" : "at least", read, length));
            }
            return n;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
