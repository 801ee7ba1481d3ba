package io.pgsidecar.k8s.manifests;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** As much of PromQL as it takes to tell which metrics an expression asks for. promtool says whether it is one. */
final class PromQl {

    private static final Pattern COMMENT_OR_TEXT =
            Pattern.compile("#[^\n]*|\"(\\\\.|[^\"\\\\])*\"|'(\\\\.|[^'\\\\])*'");
    /** Labels to select by, ranges, and lists of labels: no metric's name is in them. */
    private static final Pattern LABELS =
            Pattern.compile("\\{[^}]*}|\\[[^]]*]|\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");

    private static final Pattern WORD = Pattern.compile("(?<![\\w.:$])[a-zA-Z_:][\\w:]*(?!\\w)(?!\\s*\\()");
    private static final Set<String> KEYWORDS = Set.of(
            "and", "or", "unless", "by", "without", "on", "ignoring", "group_left", "group_right", "bool", "offset");

    private PromQl() {}

    static Set<String> metrics(String expression) {
        String text = COMMENT_OR_TEXT.matcher(expression).replaceAll("");
        text = LABELS.matcher(text).replaceAll(" ");
        Set<String> metrics = new TreeSet<>();
        Matcher word = WORD.matcher(text);
        while (word.find()) {
            if (!KEYWORDS.contains(word.group()) && !isAggregation(text, word)) {
                metrics.add(word.group());
            }
        }
        return metrics;
    }

    /** {@code sum by (job) (…)}: the list of labels is gone from the text, so that a parenthesis follows the word. */
    private static boolean isAggregation(String text, Matcher word) {
        return text.substring(word.end()).stripLeading().startsWith("(");
    }
}
