package io.pgsidecar.agent.statuspage;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;

/** Makes a picture small enough to be kept with the code: with its {@value #COLOURS} most frequent colours. */
final class SmallPng {

    private static final int COLOURS = 64;

    private SmallPng() {}

    static byte[] of(byte[] png) throws IOException {
        BufferedImage from = ImageIO.read(new ByteArrayInputStream(png));
        Map<Integer, Integer> counts = new HashMap<>();
        for (int y = 0; y < from.getHeight(); y++) {
            for (int x = 0; x < from.getWidth(); x++) {
                counts.merge(from.getRGB(x, y), 1, Integer::sum);
            }
        }
        List<Integer> kept = counts.entrySet().stream()
                .sorted(Map.Entry.<Integer, Integer>comparingByValue().reversed())
                .limit(COLOURS)
                .map(Map.Entry::getKey)
                .toList();
        int[] palette = kept.stream().mapToInt(Integer::intValue).toArray();
        BufferedImage to = new BufferedImage(
                from.getWidth(),
                from.getHeight(),
                BufferedImage.TYPE_BYTE_INDEXED,
                new IndexColorModel(8, palette.length, palette, 0, false, -1, 0));
        Map<Integer, Integer> nearest = new HashMap<>();
        for (int y = 0; y < from.getHeight(); y++) {
            for (int x = 0; x < from.getWidth(); x++) {
                int index = nearest.computeIfAbsent(from.getRGB(x, y), colour -> nearest(colour, kept));
                to.getRaster().setSample(x, y, 0, index);
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        if (!ImageIO.write(to, "png", out)) {
            throw new IOException("this Java writes no PNG");
        }
        return out.toByteArray();
    }

    private static int nearest(int colour, List<Integer> kept) {
        return kept.indexOf(kept.stream()
                .min(Comparator.comparingInt(other -> distance(colour, other)))
                .orElseThrow());
    }

    private static int distance(int one, int other) {
        int sum = 0;
        for (int shift = 0; shift <= 16; shift += 8) {
            int difference = ((one >> shift) & 0xFF) - ((other >> shift) & 0xFF);
            sum += difference * difference;
        }
        return sum;
    }
}
