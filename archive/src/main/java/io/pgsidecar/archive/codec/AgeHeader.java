package io.pgsidecar.archive.codec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The header of an age file, read without any key: as much of it as anybody may see
 * (<a href="https://age-encryption.org/v1">age-encryption.org/v1</a>). Whether it is genuine only the holder of a key
 * can tell.
 */
final class AgeHeader {

    /** 64 recipients have 8 KiB. The library reads header and first chunk into one buffer of 64 KiB. */
    private static final int MAX_BYTES = 32 * 1024;

    private static final String VERSION = "age-encryption.org/v1";
    private static final Pattern STANZA = Pattern.compile("->(?: [!-~]+)+");
    private static final Pattern BODY = Pattern.compile("[A-Za-z0-9+/]{0,64}");
    private static final Pattern END = Pattern.compile("--- [A-Za-z0-9+/]{43}");
    private static final int FULL_BODY_LINE = 64;

    private final byte[] bytes;
    private final @Nullable SaltedDigest digest;

    private AgeHeader(byte[] bytes, @Nullable SaltedDigest digest) {
        this.bytes = bytes;
        this.digest = digest;
    }

    /**
     * Reads up to the end of the header and not a byte more.
     *
     * @param in buffered: it is read byte by byte
     * @throws IOException if it is no header of an age file
     */
    static AgeHeader read(InputStream in) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        if (!line(in, bytes).equals(VERSION)) {
            throw damaged("it does not begin with \"%s\"".formatted(VERSION));
        }
        SaltedDigest digest = null;
        int stanzas = 0;
        String line = line(in, bytes);
        while (STANZA.matcher(line).matches()) {
            stanzas++;
            boolean hasBody = readBody(in, bytes);
            List<String> words = List.of(line.substring(3).split(" ", -1));
            if (words.getFirst().equals(SaltedDigest.STANZA)) {
                if (digest != null || hasBody) {
                    throw damaged("its %s stanza is there twice, or has a body".formatted(SaltedDigest.STANZA));
                }
                digest = SaltedDigest.parse(words.subList(1, words.size()))
                        .orElseThrow(() -> damaged("its %s stanza is no salted digest".formatted(SaltedDigest.STANZA)));
            }
            line = line(in, bytes);
        }
        if (stanzas == 0 || !END.matcher(line).matches()) {
            throw damaged("its header has a line that is none of age's");
        }
        return new AgeHeader(bytes.toByteArray(), digest);
    }

    byte[] bytes() {
        return bytes;
    }

    /** Empty if another program has encrypted it. */
    Optional<SaltedDigest> digest() {
        return Optional.ofNullable(digest);
    }

    static IOException damaged(String why) {
        return damaged(why, null);
    }

    static IOException damaged(String why, @Nullable Exception cause) {
        return new IOException("age data is damaged: " + why, cause);
    }

    /** Whether there is one. It ends with the first line that is not full. */
    private static boolean readBody(InputStream in, ByteArrayOutputStream bytes) throws IOException {
        String first = line(in, bytes);
        String line = first;
        while (line.length() == FULL_BODY_LINE && BODY.matcher(line).matches()) {
            line = line(in, bytes);
        }
        if (!BODY.matcher(line).matches()) {
            throw damaged("its header has a line that is none of age's");
        }
        return !first.isEmpty();
    }

    /** The next line without its end; with it in {@code bytes}. */
    private static String line(InputStream in, ByteArrayOutputStream bytes) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw damaged("it ends within its header");
            }
            if (bytes.size() + line.size() >= MAX_BYTES) {
                throw damaged("its header has more than %d bytes".formatted(MAX_BYTES));
            }
            line.write(b);
        }
        bytes.writeBytes(line.toByteArray());
        bytes.write('\n');
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
