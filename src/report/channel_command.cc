// A program of the user's own: the notice on its standard input, the parts that
// scripts want in variables. Nothing goes through a shell.
#include "report/channel_calls.h"

namespace cofre::report {

CommandCall command_call(const Notice& notice, const ChannelSettings& settings) {
    const NoticeText text = channel_text(notice, settings);
    CommandCall call;
    call.command.argv = settings.command;
    call.command.environment = {{"COFRE_EVENT", std::string(to_string(notice.kind))},
                                {"COFRE_JOB", notice.job},
                                {"COFRE_HOST", notice.host},
                                {"COFRE_TITLE", text.title},
                                {"COFRE_ERROR", notice.error},
                                {"COFRE_RUN_ID", notice.run_id},
                                {"COFRE_SNAPSHOT_ID", notice.snapshot_id},
                                {"COFRE_URL", notice.url}};
    // What is not known is not inherited either.
    for (auto& [name, value] : call.command.environment) {
        if (value && value->find('\0') != std::string::npos) value->erase(value->find('\0'));
    }
    call.input = encode_notice(notice) + "\n";
    return call;
}

}  // namespace cofre::report
