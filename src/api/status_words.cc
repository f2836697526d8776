#include "api/status_words.h"

namespace cofre::api {
namespace {

constexpr StatusWords kEnglishStatus = {
    .code = "en",
    .title = "Backups",
    .all_good = "All {} jobs are safe: each has a backup that was proven to come back.",
    .one_bad = "Job {} needs somebody.",
    .some_bad = "{} of {} jobs need somebody.",
    .some_unproven = "Nothing has failed, but {} of {} jobs have no complete backup that was proven to come back.",
    .no_jobs = "No jobs are configured.",
    .oldest_proof = "The oldest of the newest proven backups is {} old.",
    .catalog_down = "The catalog does not answer; what is below may be old.",
    .job = "Job",
    .state = "State",
    .last_run = "Last run",
    .took = "took",
    .read = "{} in {} files",
    .last_good = "Last good",
    .proven = "Newest proven backup",
    .next_run = "Next run",
    .trend = "Read in 30 days",
    .never = "never",
    .by_hand = "when asked",
    .running = "running for {}",
    .ago = "{} ago",
    .in = "in {}",
    .now = "now",
    .failures = "{} failures in a row",
    .footer = "As of {} UTC on {}. cofre {}.",
    .healths = {"failed", "overdue", "has not run", "incomplete", "not proven", "paused", "good"}};

constexpr StatusWords kPortugueseStatus = {
    .code = "pt-BR",
    .title = "Backups",
    .all_good = "Todas as {} tarefas estão seguras: cada uma tem um backup que comprovadamente volta.",
    .one_bad = "A tarefa {} precisa de alguém.",
    .some_bad = "{} de {} tarefas precisam de alguém.",
    .some_unproven = "Nada falhou, mas {} de {} tarefas não têm um backup completo que comprovadamente volta.",
    .no_jobs = "Nenhuma tarefa está configurada.",
    .oldest_proof = "O mais antigo dos últimos backups comprovados tem {}.",
    .catalog_down = "O catálogo não responde; o que segue pode estar desatualizado.",
    .job = "Tarefa",
    .state = "Estado",
    .last_run = "Última execução",
    .took = "levou",
    .read = "{} em {} arquivos",
    .last_good = "Último sucesso",
    .proven = "Último backup comprovado",
    .next_run = "Próxima execução",
    .trend = "Lido em 30 dias",
    .never = "nunca",
    .by_hand = "quando pedido",
    .running = "em execução há {}",
    .ago = "há {}",
    .in = "em {}",
    .now = "agora",
    .failures = "{} falhas seguidas",
    .footer = "Em {} UTC, em {}. cofre {}.",
    .healths = {"falhou", "atrasada", "não rodou", "incompleta", "não comprovada", "pausada", "segura"}};

}  // namespace

const StatusWords& status_words(PageLanguage language) {
    return language == PageLanguage::kPortuguese ? kPortugueseStatus : kEnglishStatus;
}

}  // namespace cofre::api
