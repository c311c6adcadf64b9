/*
 * report.h
 *	  Words for what a backfill meets: rows that others hold, rows that refuse.
 */
#ifndef GRADUAL_REPORT_H
#define GRADUAL_REPORT_H

#include "storage/itemptr.h"

#include "backfill/leaf.h"
#include "backfill/suspects.h"

/*
 * Who runs a transaction: 'pid 4211 (app, idle in transaction)', or 'prepared
 * transaction "x"'; never a query text.  NULL if it has ended.  Needs an active
 * snapshot.
 */
extern char *gradual_report_transaction(TransactionId xid);

/* The key of a row, by its primary key if it has one: '(id)=(7)'; else its ctid. */
extern char *gradual_report_row(const GradualLeaf *leaf, ItemPointer tid);

/* 'Row (id)=(7) of public.t.': the one suspect; NULL if it is gone by now. */
extern char *gradual_report_suspect(const GradualSuspects *suspects);

/* Raise 55000: rows are candidates, and the statement leaves them as they are. */
extern void gradual_report_refused(const char *table, int64 count, const char *keys);

/* Raise 55000: rows are still held after all patience. */
extern void gradual_report_held(const char *table, int64 count, const char *holder,
								int patience_ms);

#endif							/* GRADUAL_REPORT_H */
