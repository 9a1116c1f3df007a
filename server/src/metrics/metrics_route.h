// `/metrics`, for a monitoring system.
#pragma once

#include <functional>
#include <string>

#include "daemon/damaged_rows.h"
#include "logging/log_writer.h"
#include "metrics/engine_metrics.h"
#include "metrics/http_metrics.h"
#include "waybill/byte_budget.h"
#include "waybill/engine.h"
#include "waybill/server/http_server.h"
#include "waybill/server/router.h"
#include "waybill/sqlite/indexer.h"
#include "waybill/sqlite/read_model.h"
#include "waybill/transport.h"

namespace waybill::server {

/// Where the figures come from; all of it must outlive the router.
struct MetricsSources {
    const EngineMetrics& metrics;
    const HttpMetrics& http;
    const Engine& engine;
    const Transport& transport;
    const sqlite::ReadModel& model;
    const sqlite::Indexer& indexer;
    const DamagedRows& damaged_rows;
    const LogWriter& log;  ///< for the problems it was told
    std::string log_file;  ///< its size is told, and that of the write-ahead log beside it
    struct {
        std::uint32_t all = 0;
        std::uint32_t endpoint = 0;
        std::uint32_t client = 0;
    } max_in_flight;
    const ByteBudget& deliveries_memory;
    const ByteBudget& clients_memory;
    struct {
        std::function<HttpConnectionStats()> stats;
        std::uint32_t most = 0;
    } clients_connections;
};

/// The text of one scrape.
std::string metricsText(const MetricsSources& sources, Timestamp now);

void addMetricsRoute(Router& router, Guard guard, MetricsSources sources);

}  // namespace waybill::server
