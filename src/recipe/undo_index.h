/*
 * undo_index.h
 *	  What brings back an index that a step drops.
 */
#ifndef GRADUAL_UNDO_INDEX_H
#define GRADUAL_UNDO_INDEX_H

/*
 * An undo query for the index and its table, by qualified names: what builds it,
 * and then all that hangs on it; no row if there is no such index.  Concurrently
 * the first text is the definition, with CONCURRENTLY, or of an empty shell for
 * the indexes of the partitions.
 */
extern char *gradual_undo_index(const char *index, const char *table, bool concurrently);

#endif							/* GRADUAL_UNDO_INDEX_H */
