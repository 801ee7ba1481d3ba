/** Where archived things are kept: the object store's contract, and the keys under which each thing lies. */
@NullMarked
package io.pgsidecar.archive.repository;

import org.jspecify.annotations.NullMarked;
