// One write transaction.
#pragma once

#include "log/database.h"

namespace waybill::sqlite {

/// Rolled back unless committed.
class Transaction {
public:
    /// Takes the write lock at once.
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    /// Durable when it returns. Throws SqliteError: whether the transaction will be there after a
    /// restart is then not known.
    void commit();

private:
    Database& database_;
    bool open_ = true;
};

}  // namespace waybill::sqlite
