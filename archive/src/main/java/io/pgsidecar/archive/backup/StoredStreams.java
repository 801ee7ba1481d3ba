package io.pgsidecar.archive.backup;

import io.pgsidecar.archive.repository.ObjectWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * One object on its way into several repositories, written once. A repository that fails is left out from then on if it
 * is optional, and ends the backup if not. For one thread.
 */
final class StoredStreams extends OutputStream {

    /** Where one of the copies goes. */
    private record Copy(BackupTarget target, ObjectWriter writer) {}

    /** What begins the object in a repository. */
    @FunctionalInterface
    interface Opening {
        ObjectWriter open(BackupTarget target) throws IOException;
    }

    private final List<Copy> copies = new ArrayList<>();
    private final MessageDigest digest = sha256();
    private long size;
    private boolean abandoned;

    StoredStreams(List<BackupTarget> targets, Opening opening) throws IOException {
        try {
            for (BackupTarget target : targets) {
                target.attempt(() -> copies.add(new Copy(target, opening.open(target))));
            }
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
        if (abandoned) {
            return;
        }
        each(copy -> copy.writer().stream().write(buffer, offset, length));
        digest.update(buffer, offset, length);
        size += length;
    }

    StoredTar commit(String name) throws IOException {
        each(copy -> copy.writer().commit());
        close();
        return new StoredTar(name, size, HexFormat.of().formatHex(digest.digest()));
    }

    /** What is written from now on is dropped. */
    void abandon() {
        abandoned = true;
    }

    @Override
    public void close() throws IOException {
        IOException first = null;
        for (Copy copy : copies) {
            try {
                copy.writer().close();
            } catch (IOException e) {
                first = first == null ? e : first;
            }
        }
        copies.clear();
        if (first != null) {
            throw first;
        }
    }

    private interface Work {
        void on(Copy copy) throws IOException;
    }

    private void each(Work work) throws IOException {
        List<Copy> lost = new ArrayList<>();
        for (Copy copy : copies) {
            if (copy.target().isLost() || !copy.target().attempt(() -> work.on(copy))) {
                lost.add(copy);
            }
        }
        for (Copy copy : lost) {
            copies.remove(copy);
            closeQuietly(copy.writer());
        }
    }

    private static void closeQuietly(ObjectWriter writer) {
        try {
            writer.close();
        } catch (IOException e) {
            // The repository is left out already, for an error that came first.
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
