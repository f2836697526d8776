#include "report/page_pdf.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include <hpdf.h>

#include "report/windows_1252.h"

namespace cofre::report {
namespace {

// Points; a point is 1/72 inch. At scale 1; see kScales.
constexpr float kPageWidth = 595.276F;  // A4
constexpr float kPageHeight = 841.89F;
constexpr float kMargin = 45;
constexpr float kWidth = kPageWidth - 2 * kMargin;
constexpr float kBand = 58;
constexpr float kBottom = 36;
constexpr float kBoxPadding = 5;
constexpr float kLabelWidth = 100;
constexpr std::array kScales = {1.0F, 0.97F, 0.94F, 0.91F, 0.88F, 0.85F, 0.82F, 0.79F, 0.76F, 0.73F};

struct Colour {
    float red, green, blue;
};
constexpr Colour kInk = {0.10F, 0.11F, 0.13F};
constexpr Colour kFaded = {0.36F, 0.39F, 0.43F};
constexpr Colour kAccent = {0.06F, 0.27F, 0.36F};
constexpr Colour kPaper = {1, 1, 1};
constexpr Colour kPaleOnAccent = {0.80F, 0.89F, 0.92F};
constexpr Colour kBox = {0.935F, 0.95F, 0.955F};
constexpr Colour kAlarm = {0.70F, 0.09F, 0.09F};

/// What libharu said first. It calls back through C, so nothing may be thrown.
struct Failure {
    HPDF_STATUS code = HPDF_OK;
};

void note_failure(HPDF_STATUS code, HPDF_STATUS /*detail*/, void* failure) {
    auto* const first = static_cast<Failure*>(failure);
    if (first->code == HPDF_OK) first->code = code;
}

struct FreeDocument {
    void operator()(HPDF_Doc document) const { HPDF_Free(document); }
};
using Document = std::unique_ptr<std::remove_pointer_t<HPDF_Doc>, FreeDocument>;

struct Fonts {
    HPDF_Font plain = nullptr;
    HPDF_Font bold = nullptr;
    HPDF_Font code = nullptr;
    HPDF_Font code_bold = nullptr;
};

float width_of(HPDF_Font font, float size, const std::string& text) {
    const auto* const bytes = reinterpret_cast<const HPDF_BYTE*>(text.data());
    const auto measured = HPDF_Font_TextWidth(font, bytes, static_cast<HPDF_UINT>(text.size()));
    return static_cast<float>(measured.width) * size / 1000;
}

std::vector<std::string> broken_lines(HPDF_Font font, float size, const std::string& text, float room) {
    std::vector<std::string> lines;
    std::string line;
    for (std::size_t at = 0; at <= text.size();) {
        const auto space = std::min(text.find(' ', at), text.size());
        const auto word = text.substr(at, space - at);
        std::string longer = line;
        if (!line.empty()) longer += ' ';
        longer += word;
        if (!line.empty() && width_of(font, size, longer) > room) {
            lines.push_back(std::exchange(line, word));
        } else {
            line = std::move(longer);
        }
        at = space + 1;
    }
    lines.push_back(line);
    return lines;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines(1);
    for (const char c : text) {
        if (c == '\n') {
            lines.emplace_back();
        } else {
            lines.back() += c;
        }
    }
    return lines;
}

/// Lays blocks out from the top, at one scale; draws them only if it has a page.
class Layout {
public:
    Layout(HPDF_Doc document, const Fonts& fonts, float scale, bool draws)
        : document_(document), fonts_(fonts), scale_(scale), draws_(draws) {
        next_page();
    }

    void place(const std::vector<Block>& blocks) {
        for (std::size_t i = 0; i < blocks.size(); ++i) {
            const bool continues = i > 0 && blocks[i - 1].kind == blocks[i].kind;
            place(blocks[i], continues, i + 1 < blocks.size() && blocks[i + 1].kind == blocks[i].kind);
        }
    }

    bool fits_one_page() const { return pages_ == 1; }

private:
    void place(const Block& block, bool continues, bool goes_on) {
        switch (block.kind) {
            case BlockKind::kTitle: return place_title(block);
            case BlockKind::kWarning: return place_warning(block);
            case BlockKind::kHeading: return place_heading(block);
            case BlockKind::kText: return place_text(block.text, fonts_.plain, 9.4F, 11.4F, kInk);
            case BlockKind::kFact: return place_fact(block);
            case BlockKind::kBlank: return place_blank(block);
            case BlockKind::kCommand: return place_command(block, continues, goes_on);
            case BlockKind::kFooter: return place_footer(block);
        }
    }

    float at(float points) const { return points * scale_; }

    void next_page() {
        ++pages_;
        y_ = kPageHeight - kMargin;
        if (!draws_) return;
        page_ = HPDF_AddPage(document_);
        HPDF_Page_SetWidth(page_, kPageWidth);
        HPDF_Page_SetHeight(page_, kPageHeight);
    }

    /// Moves down, to the next page if there is no room for `height`.
    void take(float height) {
        if (y_ - height < kBottom) next_page();
        y_ -= height;
    }

    void text_at(float x, float y, HPDF_Font font, float size, Colour colour, const std::string& text) {
        if (!draws_) return;
        HPDF_Page_SetRGBFill(page_, colour.red, colour.green, colour.blue);
        HPDF_Page_BeginText(page_);
        HPDF_Page_SetFontAndSize(page_, font, size);
        HPDF_Page_TextOut(page_, x, y, text.c_str());
        HPDF_Page_EndText(page_);
    }

    void fill(float x, float y, float width, float height, Colour colour) {
        if (!draws_) return;
        HPDF_Page_SetRGBFill(page_, colour.red, colour.green, colour.blue);
        HPDF_Page_Rectangle(page_, x, y, width, height);
        HPDF_Page_Fill(page_);
    }

    void rule(float from, float to, float y, float width, Colour colour) {
        if (!draws_) return;
        HPDF_Page_SetRGBStroke(page_, colour.red, colour.green, colour.blue);
        HPDF_Page_SetLineWidth(page_, width);
        HPDF_Page_MoveTo(page_, from, y);
        HPDF_Page_LineTo(page_, to, y);
        HPDF_Page_Stroke(page_);
    }

    /// The size at which one line fits into `room`.
    static float fitting_size(HPDF_Font font, float size, const std::string& text, float room) {
        const float width = width_of(font, size, text);
        return width <= room ? size : size * room / width;
    }

    void place_title(const Block& block) {
        fill(0, kPageHeight - kBand, kPageWidth, kBand, kAccent);
        text_at(kMargin, kPageHeight - 28, fonts_.bold, 21, kPaper, block.label);
        const float size = fitting_size(fonts_.code, 10, block.text, kWidth);
        text_at(kMargin, kPageHeight - 46, fonts_.code, size, kPaleOnAccent, block.text);
        y_ = kPageHeight - kBand - 4;
    }

    void place_warning(const Block& block) {
        const float size = at(10);
        const auto lines = broken_lines(fonts_.bold, size, block.text, kWidth - 4 * kBoxPadding);
        const float height = static_cast<float>(lines.size()) * at(13) + at(8);
        take(height + at(5));
        fill(kMargin, y_, kWidth, height, kAlarm);
        float y = y_ + height - at(14);
        for (const auto& line : lines) {
            text_at(kMargin + 2 * kBoxPadding, y, fonts_.bold, size, kPaper, line);
            y -= at(13);
        }
    }

    void place_heading(const Block& block) {
        // A heading alone at the foot of a page would help nobody.
        if (y_ - at(60) < kBottom) next_page();
        take(at(18.5F));
        text_at(kMargin, y_, fonts_.bold, at(11.5F), kAccent, block.label);
        rule(kMargin, kMargin + kWidth, y_ - at(3.5F), 0.8F, kAccent);
        y_ -= at(4);
    }

    void place_text(const std::string& text, HPDF_Font font, float size, float leading, Colour colour) {
        y_ -= at(3);
        for (const auto& line : broken_lines(font, at(size), text, kWidth)) {
            take(at(leading));
            text_at(kMargin, y_, font, at(size), colour, line);
        }
    }

    void place_fact(const Block& block) {
        take(at(11.8F));
        text_at(kMargin, y_, fonts_.plain, at(9), kFaded, block.label);
        const float room = kWidth - at(kLabelWidth);
        const float size = fitting_size(fonts_.code_bold, at(9), block.text, room);
        text_at(kMargin + at(kLabelWidth), y_, fonts_.code_bold, size, kInk, block.text);
    }

    /// Room for a pen: it does not shrink.
    void place_blank(const Block& block) {
        take(23);
        text_at(kMargin, y_, fonts_.bold, at(9.4F), kInk, block.label);
        const float begin = kMargin + width_of(fonts_.bold, at(9.4F), block.label) + 6;
        rule(begin, kMargin + kWidth, y_ - 2, 0.7F, kInk);
    }

    /// Commands in a row share a box.
    void place_command(const Block& block, bool continues, bool goes_on) {
        const auto lines = lines_of(block.text);
        if (!continues) y_ -= at(4);
        const float above = continues ? 0 : at(3);
        const float below = goes_on ? 0 : at(4.5F);
        const float height = static_cast<float>(lines.size()) * at(11.6F) + above + below;
        take(height);
        fill(kMargin, y_, kWidth, height, kBox);
        fill(kMargin, y_, 2.2F, height, kAccent);
        float y = y_ + height - above - at(9.2F);
        for (const auto& line : lines) {
            const float size = fitting_size(fonts_.code_bold, at(9), line, kWidth - 2 * kBoxPadding - 2);
            text_at(kMargin + kBoxPadding + 2, y, fonts_.code_bold, size, kInk, line);
            y -= at(11.6F);
        }
    }

    void place_footer(const Block& block) {
        text_at(kMargin, 22, fonts_.plain, fitting_size(fonts_.plain, 8, block.text, kWidth), kFaded, block.text);
    }

    HPDF_Doc document_;
    const Fonts& fonts_;
    float scale_;
    bool draws_;
    HPDF_Page page_ = nullptr;
    float y_ = 0;
    int pages_ = 0;
};

Result<std::vector<Block>> in_pdf_letters(const Page& page) {
    std::vector<Block> out;
    for (const auto& block : page.blocks) {
        Block converted{.kind = block.kind};
        COFRE_ASSIGN(converted.label, to_windows_1252(block.label));
        for (const auto& line : lines_of(block.text)) {
            COFRE_ASSIGN(const auto letters, to_windows_1252(line));
            converted.text += (converted.text.empty() ? "" : "\n") + letters;
        }
        out.push_back(std::move(converted));
    }
    return out;
}

std::string saved(HPDF_Doc document) {
    std::string bytes;
    if (HPDF_SaveToStream(document) != HPDF_OK) return bytes;
    bytes.resize(HPDF_GetStreamSize(document));
    HPDF_ResetStream(document);
    auto size = static_cast<HPDF_UINT32>(bytes.size());
    HPDF_ReadFromStream(document, reinterpret_cast<HPDF_BYTE*>(bytes.data()), &size);
    bytes.resize(size);
    return bytes;
}

Fonts load_fonts(HPDF_Doc document) {
    constexpr const char* kEncoding = "WinAnsiEncoding";
    return {.plain = HPDF_GetFont(document, "Helvetica", kEncoding),
            .bold = HPDF_GetFont(document, "Helvetica-Bold", kEncoding),
            .code = HPDF_GetFont(document, "Courier", kEncoding),
            .code_bold = HPDF_GetFont(document, "Courier-Bold", kEncoding)};
}

}  // namespace

Result<std::string> page_pdf(const Page& page, std::string_view title) {
    COFRE_ASSIGN(const auto blocks, in_pdf_letters(page));
    COFRE_ASSIGN(const auto name, to_windows_1252(title));
    Failure failure;
    const Document document(HPDF_New(note_failure, &failure));
    if (!document) return Error(ErrorCode::kResourceExhausted, "make a PDF: no memory");
    const auto fonts = load_fonts(document.get());
    HPDF_SetInfoAttr(document.get(), HPDF_INFO_TITLE, name.c_str());
    float scale = kScales.back();
    for (const float candidate : kScales) {
        if (failure.code != HPDF_OK) break;
        Layout trial(document.get(), fonts, candidate, /*draws=*/false);
        trial.place(blocks);
        if (!trial.fits_one_page()) continue;
        scale = candidate;
        break;
    }
    if (failure.code == HPDF_OK) Layout(document.get(), fonts, scale, /*draws=*/true).place(blocks);
    auto bytes = saved(document.get());
    if (failure.code != HPDF_OK || bytes.empty()) {
        return Error(ErrorCode::kInternal, "make a PDF: libharu reports error " + std::to_string(failure.code));
    }
    return bytes;
}

}  // namespace cofre::report
