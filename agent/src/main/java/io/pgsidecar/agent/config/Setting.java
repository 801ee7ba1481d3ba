package io.pgsidecar.agent.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A key of the configuration: the record component that carries it. Its name and its place in the records are the key,
 * its type says which values it takes. A key without a default must be given, unless its type is {@code Optional}.
 */
@Target(ElementType.RECORD_COMPONENT)
@Retention(RetentionPolicy.RUNTIME)
@interface Setting {

    /** What the key is for, as {@code docs/configuration.md} says it. */
    String doc();

    /** The value where none is given, written as in the file. */
    String byDefault() default "";

    /** The smallest value, written as in the file; always together with {@link #max()}. */
    String min() default "";

    /** The largest value, written as in the file. On a map: how many entries it may have. */
    String max() default "";
}
