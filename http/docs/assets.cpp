#include "http/docs/assets.hpp"

#include <array>

// assets.S
extern "C" {
extern const char mvp_docs_page[], mvp_docs_page_end[], mvp_docs_start[], mvp_docs_start_end[],
    mvp_docs_script[], mvp_docs_script_end[], mvp_docs_style[], mvp_docs_style_end[], mvp_docs_icon[],
    mvp_docs_icon_end[], mvp_docs_license[], mvp_docs_license_end[];
}

namespace mvp::http {

std::span<const docs_asset> docs_assets() {
    static const std::array all{
        docs_asset{"page.html", "text/html; charset=utf-8", {mvp_docs_page, mvp_docs_page_end}},
        docs_asset{"start.js", "text/javascript; charset=utf-8", {mvp_docs_start, mvp_docs_start_end}},
        docs_asset{
            "swagger-ui-bundle.js", "text/javascript; charset=utf-8", {mvp_docs_script, mvp_docs_script_end}},
        docs_asset{"swagger-ui.css", "text/css; charset=utf-8", {mvp_docs_style, mvp_docs_style_end}},
        docs_asset{"favicon-32x32.png", "image/png", {mvp_docs_icon, mvp_docs_icon_end}},
        docs_asset{"LICENSE", "text/plain; charset=utf-8", {mvp_docs_license, mvp_docs_license_end}},
    };
    return all;
}

} // namespace mvp::http
